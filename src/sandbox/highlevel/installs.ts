import type { Install, Location } from './data.ts'
import { newSecret } from './ids.ts'
import { getCompany, getLocation, listCompanyLocations } from './places.ts'
import { installKey } from './tables.ts'
import { revokeTokens, type TokenTarget } from './tokens.ts'
import type { Webhooks } from './webhooks.ts'
import type { World } from './world.ts'

export type InstallDeps = { world: World; webhooks: Webhooks }

export type LocationChoice = { locationId: string; userId: string; scopes: string[] }

/** Installs that the agency spreads later may be told without saying whose they are (HighLevel docs, AppInstall). */
export type Announcement = 'with company' | 'without company'

export type CompanyChoice = {
  companyId: string
  userId: string
  scopes: string[]
  /** The locations ticked, or all of them. */
  locationIds: string[] | 'all'
  futureLocations: boolean
}

/** Someone of the location installs for it alone. Returns the code that the app exchanges. */
export function installLocation(deps: InstallDeps, choice: LocationChoice): string {
  const { world } = deps
  const location = getLocation(world, choice.locationId)
  const install = saveInstall(world, { ...choice, companyId: location.companyId })
  announceInstall(deps, install)
  return newCode(world, install)
}

/** The agency installs: one authorization for the company, and the app in each location chosen. */
export function installCompany(deps: InstallDeps, choice: CompanyChoice): string {
  const { world } = deps
  const { companyId, userId, scopes } = choice
  const locations = listCompanyLocations(world, companyId)
  const chosen = locations.filter(({ id }) => choice.locationIds === 'all' || choice.locationIds.includes(id))
  const install = saveInstall(world, {
    companyId,
    locationId: null,
    userId,
    scopes,
    approveAllLocations: choice.locationIds === 'all',
    installToFutureLocations: choice.futureLocations,
  })
  announceInstall(deps, install)
  for (const { id } of chosen) reachLocation(deps, install, id, 'with company')
  return newCode(world, install)
}

/** The agency has the app and now takes it to more of its locations, all at once. */
export function installLocations(
  deps: InstallDeps,
  choice: { companyId: string; locationIds: string[]; announce: Announcement },
): void {
  const { world } = deps
  const { companyId, announce } = choice
  const company = findInstall(world, { companyId, locationId: null })
  if (company === undefined) throw new Error(`The app is not installed for company ${companyId}.`)
  const strange = choice.locationIds.find((id) => getLocation(world, id).companyId !== companyId)
  if (strange !== undefined) throw new Error(`Location ${strange} is not of company ${companyId}.`)
  for (const locationId of choice.locationIds) reachLocation(deps, company, locationId, announce)
}

/** A location opened after the agency ticked "future locations": it is told without user and company. */
export function installFutureLocation(deps: InstallDeps, { id, companyId }: Location): void {
  const company = findInstall(deps.world, { companyId, locationId: null })
  if (company?.installToFutureLocations) reachLocation(deps, company, id, 'without company')
}

/** The company's authorization covers this location too. */
function reachLocation(deps: InstallDeps, company: Install, locationId: string, announce: Announcement): void {
  const { companyId, userId, scopes } = company
  const install = saveInstall(deps.world, { companyId, locationId, userId, scopes, viaCompany: true })
  announceInstall(deps, install, announce)
}

/** Takes the app out of a location, or out of an agency with all its locations. Tokens die at once. */
export function uninstall({ world, webhooks }: InstallDeps, target: TokenTarget): void {
  const installs = listInstalls(world, target)
  if (installs.length === 0) return
  const keys = new Set(installs.map(installKey))
  for (const install of installs) world.installs.remove(install)
  world.data.codes = world.data.codes.filter((code) => !keys.has(installKey(code)))
  revokeTokens(world, target)
  webhooks.emit({ type: 'UNINSTALL', tenant: target, fields: {} })
}

function saveInstall(
  world: World,
  fresh: Pick<Install, 'companyId' | 'locationId' | 'userId' | 'scopes'> & Partial<Install>,
): Install {
  const install: Install = {
    viaCompany: false,
    approveAllLocations: false,
    installToFutureLocations: false,
    installedAt: new Date(world.now()).toISOString(),
    ...fresh,
  }
  world.installs.put(install)
  world.changed()
  return install
}

/** HighLevel docs, AppInstall. Plan and trial are absent: the app is free. */
function announceInstall(
  { world, webhooks }: InstallDeps,
  install: Install,
  announce: Announcement = 'with company',
): void {
  const { companyId, locationId, userId } = install
  const company = getCompany(world, companyId)
  const { appId: versionId } = world.registration
  if (locationId === null) {
    webhooks.emit({ type: 'INSTALL', tenant: { companyId }, fields: { installType: 'Company', versionId } })
    return
  }
  const fields = {
    installType: 'Location',
    versionId,
    isWhitelabelCompany: company.whitelabel !== null,
    whitelabelDetails: company.whitelabel ?? {},
    ...(announce === 'with company' && { companyId, userId, companyName: company.name }),
  }
  webhooks.emit({ type: 'INSTALL', tenant: { locationId }, fields })
}

function newCode(world: World, { companyId, locationId, userId }: Install): string {
  const code = newSecret().slice(0, 40)
  world.data.codes.push({ code, companyId, locationId, userId })
  world.changed()
  return code
}

export const findInstall = (
  world: World,
  wanted: { companyId: string; locationId: string | null },
): Install | undefined => world.installs.get(installKey(wanted))

export const findLocationInstall = (world: World, locationId: string): Install | undefined =>
  world.installs.list('locationId', locationId)[0]

/** The install of a location, or those of a company with everything below it. */
const listInstalls = (world: World, target: TokenTarget): Install[] =>
  'locationId' in target
    ? world.installs.list('locationId', target.locationId)
    : world.installs.list('companyId', target.companyId)
