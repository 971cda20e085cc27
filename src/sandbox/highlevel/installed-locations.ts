import type { Location } from './data.ts'
import { findInstall } from './installs.ts'
import { listCompanyLocations } from './places.ts'
import type { World } from './world.ts'

const DEFAULT_LIMIT = 20

/** HighLevel docs, installedLocations. `count` is the number of locations of the company, installed or not. */
export function listInstalledLocations(world: World, query: Record<string, unknown>): object {
  const companyId = String(query.companyId)
  const all = listCompanyLocations(world, companyId).map((location) => view(world, location, query.appId))
  const matching = all.filter((location) => matches(location, query))
  const skip = wholeNumber(query.skip, 0)
  return {
    locations: matching.slice(skip, skip + wholeNumber(query.limit, DEFAULT_LIMIT)),
    count: all.length,
    installToFutureLocations: findInstall(world, { companyId, locationId: null })?.installToFutureLocations ?? false,
  }
}

type InstalledLocation = {
  _id: string
  name: string
  address: string
  isInstalled: boolean
  versionId?: string
  installedAt?: string
}

function view(world: World, location: Location, appId: unknown): InstalledLocation {
  const isOurs = appId === world.registration.appId
  const install = isOurs ? findInstall(world, { companyId: location.companyId, locationId: location.id }) : undefined
  return {
    _id: location.id,
    name: location.name,
    address: `${location.address}, ${location.city}`,
    isInstalled: install !== undefined,
    ...(install && { versionId: world.registration.appId, installedAt: install.installedAt }),
  }
}

function matches(location: InstalledLocation, query: Record<string, unknown>): boolean {
  const wanted = query.isInstalled
  if (wanted !== undefined && location.isInstalled !== (wanted === 'true')) return false
  if (typeof query.locationId === 'string' && location._id !== query.locationId) return false
  if (typeof query.versionId === 'string' && location.versionId !== query.versionId) return false
  if (typeof query.query !== 'string') return true
  return location.name.toLowerCase().includes(query.query.toLowerCase())
}

const wholeNumber = (value: unknown, otherwise: number): number =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : otherwise
