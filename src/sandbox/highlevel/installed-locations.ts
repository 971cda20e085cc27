import type { Install, Location } from './data.ts'
import { findInstallAt } from './install-history.ts'
import { listCompanyLocations } from './places.ts'
import type { World } from './world.ts'

const DEFAULT_LIMIT = 20

/** HighLevel docs, installedLocations. `count` is the number of locations of the company, installed or not. */
export function listInstalledLocations(world: World, query: Record<string, unknown>): object {
  const companyId = String(query.companyId)
  const isOurs = query.appId === world.registration.appId
  const at = world.now() - world.switches.installedListLagMs
  const all = listCompanyLocations(world, companyId).map((location) => ({
    location,
    install: isOurs ? findInstallAt(world, { companyId, locationId: location.id }, at) : undefined,
  }))
  const matching = all.filter((entry) => matches(entry, query))
  const skip = wholeNumber(query.skip, 0)
  return {
    locations: matching.slice(skip, skip + wholeNumber(query.limit, DEFAULT_LIMIT)).map(view),
    count: all.length,
    installToFutureLocations:
      findInstallAt(world, { companyId, locationId: null }, at)?.installToFutureLocations ?? false,
  }
}

type Entry = { location: Location; install: Install | undefined }

const view = ({ location, install }: Entry): object => ({
  _id: location.id,
  name: location.name,
  address: `${location.address}, ${location.city}`,
  isInstalled: install !== undefined,
  ...(install && { versionId: install.versionId, installedAt: install.installedAt }),
})

function matches({ location, install }: Entry, query: Record<string, unknown>): boolean {
  const { isInstalled, onTrial, locationId, versionId, planId } = query
  if (isInstalled !== undefined && (install !== undefined) !== (isInstalled === 'true')) return false
  if (onTrial !== undefined && (install?.trial?.onTrial ?? false) !== (onTrial === 'true')) return false
  if (typeof locationId === 'string' && location.id !== locationId) return false
  if (typeof versionId === 'string' && install?.versionId !== versionId) return false
  if (typeof planId === 'string' && install?.planId !== planId) return false
  if (typeof query.query !== 'string') return true
  return location.name.toLowerCase().includes(query.query.toLowerCase())
}

const wholeNumber = (value: unknown, otherwise: number): number =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : otherwise
