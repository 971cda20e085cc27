import type { Install, Location } from './data.ts'
import { newSecret } from './ids.ts'
import { getCompany, getLocation, listCompanyLocations } from './places.ts'
import { revokeTokens, type TokenTarget } from './tokens.ts'
import type { Webhooks } from './webhooks.ts'
import type { World } from './world.ts'

export type InstallDeps = { world: World; webhooks: Webhooks }

export type LocationChoice = { locationId: string; userId: string; scopes: string[] }

export type CompanyChoice = {
  companyId: string
  userId: string
  scopes: string[]
  /** The locations ticked, or all of them. */
  locationIds: string[] | 'all'
  futureLocations: boolean
}

/** Someone of the location installs for it alone. Returns the code that the app exchanges. */
export function installLocation({ world, webhooks }: InstallDeps, choice: LocationChoice): string {
  const location = getLocation(world, choice.locationId)
  const install = saveInstall(world, { ...choice, companyId: location.companyId })
  announceInstall({ world, webhooks }, install)
  return newCode(world, install)
}

/** The agency installs: one authorization for the company, and the app in each location chosen. */
export function installCompany({ world, webhooks }: InstallDeps, choice: CompanyChoice): string {
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
  announceInstall({ world, webhooks }, install)
  for (const { id: locationId } of chosen) {
    announceInstall(
      { world, webhooks },
      saveInstall(world, { companyId, locationId, userId, scopes, viaCompany: true }),
    )
  }
  return newCode(world, install)
}

/** A location opened after the agency ticked "future locations": it is told without user and company. */
export function installFutureLocation({ world, webhooks }: InstallDeps, location: Location): void {
  const company = findInstall(world, { companyId: location.companyId, locationId: null })
  if (!company?.installToFutureLocations) return
  const { companyId, userId, scopes } = company
  saveInstall(world, { companyId, locationId: location.id, userId, scopes, viaCompany: true })
  const { appId } = world.registration
  const fields = { installType: 'Location', versionId: appId, isWhitelabelCompany: false, whitelabelDetails: {} }
  webhooks.emit({ type: 'INSTALL', tenant: { locationId: location.id }, fields })
}

/** Takes the app out of a location, or out of an agency with all its locations. Tokens die at once. */
export function uninstall({ world, webhooks }: InstallDeps, target: TokenTarget): void {
  const isMeant = (one: { companyId: string; locationId: string | null }): boolean =>
    'locationId' in target ? one.locationId === target.locationId : one.companyId === target.companyId
  if (!world.data.installs.some(isMeant)) return
  world.data.installs = world.data.installs.filter((install) => !isMeant(install))
  world.data.codes = world.data.codes.filter((code) => !isMeant(code))
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
  const isOther = (one: Install): boolean =>
    one.companyId !== install.companyId || one.locationId !== install.locationId
  world.data.installs = [...world.data.installs.filter(isOther), install]
  world.changed()
  return install
}

/** HighLevel docs, AppInstall. Plan and trial are absent: the app is free. */
function announceInstall({ world, webhooks }: InstallDeps, install: Install): void {
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
    companyId,
    userId,
    isWhitelabelCompany: company.whitelabel !== null,
    whitelabelDetails: company.whitelabel ?? {},
    companyName: company.name,
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
): Install | undefined =>
  world.data.installs.find((one) => one.companyId === wanted.companyId && one.locationId === wanted.locationId)

export const findLocationInstall = (world: World, locationId: string): Install | undefined =>
  world.data.installs.find((one) => one.locationId === locationId)
