import type { Install, Location } from './data.ts'
import { newSecret } from './ids.ts'
import { type Announcement, announceInstall } from './install-events.ts'
import { rememberInstall } from './install-history.ts'
import { getLocation, listCompanyLocations } from './places.ts'
import { installKey } from './tables.ts'
import { revokeTokens, type TokenTarget } from './tokens.ts'
import type { Webhooks } from './webhooks.ts'
import type { World } from './world.ts'

export type InstallDeps = { world: World; webhooks: Webhooks }

/** What was chosen on the pages of a paid app. */
export type PlanChoice = { planId?: string | undefined; trialDuration?: number | undefined }

/** `clientId`: of the link that led here; the code is this client's alone. */
export type LocationChoice = PlanChoice & { locationId: string; userId: string; clientId: string; scopes: string[] }

export type CompanyChoice = PlanChoice & {
  companyId: string
  userId: string
  clientId: string
  scopes: string[]
  /** The locations ticked, or all of them. */
  locationIds: string[] | 'all'
  futureLocations: boolean
}

/** Someone of the location installs for it alone. Returns the code that the app exchanges. */
export function installLocation(deps: InstallDeps, choice: LocationChoice): string {
  const { world } = deps
  const { locationId, userId, scopes } = choice
  const { companyId } = getLocation(world, locationId)
  const install = saveInstall(world, { companyId, locationId, userId, scopes, ...planOf(world, choice) })
  announceInstall(deps, install)
  return newCode(world, install, choice.clientId)
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
    ...planOf(world, choice),
  })
  announceInstall(deps, install)
  for (const { id } of chosen) reachLocation(deps, install, id, 'with company')
  return newCode(world, install, choice.clientId)
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
  const { companyId, userId, scopes, versionId, planId, trial } = company
  const granted = { companyId, locationId, userId, scopes, versionId, planId, trial }
  const install = saveInstall(deps.world, { ...granted, viaCompany: true })
  announceInstall(deps, install, announce)
}

/** Takes the app out of a location, or out of an agency with all its locations. Refresh tokens die at once. */
export function uninstall({ world, webhooks }: InstallDeps, target: TokenTarget): void {
  const installs = listInstalls(world, target)
  const [first] = installs
  if (first === undefined) return
  const keys = new Set(installs.map(installKey))
  for (const install of installs) {
    rememberInstall(world, install)
    world.installs.remove(install)
  }
  world.data.codes = world.data.codes.filter((code) => !keys.has(installKey(code)))
  revokeTokens(world, target, world.switches.tokensOutliveUninstallMs)
  webhooks.emit({ type: 'UNINSTALL', tenant: target, fields: { versionId: first.versionId } })
}

const planOf = (world: World, { planId, trialDuration }: PlanChoice): Pick<Install, 'planId' | 'trial'> => ({
  planId: planId ?? null,
  trial:
    trialDuration === undefined
      ? null
      : { onTrial: true, trialDuration, trialStartDate: new Date(world.now()).toISOString() },
})

function saveInstall(
  world: World,
  fresh: Pick<Install, 'companyId' | 'locationId' | 'userId' | 'scopes'> & Partial<Install>,
): Install {
  const install: Install = {
    versionId: world.registration.appId,
    planId: null,
    trial: null,
    viaCompany: false,
    approveAllLocations: false,
    installToFutureLocations: false,
    installedAt: new Date(world.now()).toISOString(),
    ...fresh,
  }
  rememberInstall(world, install)
  world.installs.put(install)
  world.changed()
  return install
}

function newCode(world: World, { companyId, locationId, userId }: Install, clientId: string): string {
  const code = newSecret().slice(0, 40)
  world.data.codes.push({ code, companyId, locationId, userId, clientId })
  world.changed()
  return code
}

export const findInstall = (
  world: World,
  wanted: { companyId: string; locationId: string | null },
): Install | undefined => world.installs.get(installKey(wanted))

export const findLocationInstall = (world: World, locationId: string): Install | undefined =>
  world.installs.list('locationId', locationId)[0]

export const findTenantInstall = (world: World, tenant: TokenTarget): Install | undefined =>
  'locationId' in tenant
    ? findLocationInstall(world, tenant.locationId)
    : findInstall(world, { companyId: tenant.companyId, locationId: null })

/** The install of a location, or those of a company with everything below it. */
export const listInstalls = (world: World, target: TokenTarget): Install[] =>
  'locationId' in target
    ? world.installs.list('locationId', target.locationId)
    : world.installs.list('companyId', target.companyId)
