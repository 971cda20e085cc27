import type { Install } from './data.ts'
import { announceUpdate, tenantOf } from './install-events.ts'
import { rememberInstall } from './install-history.ts'
import { findInstall, findLocationInstall, type InstallDeps, listInstalls } from './installs.ts'
import { getLocation } from './places.ts'
import type { TokenTarget } from './tokens.ts'

export type ExternalAuth =
  | { authType: 'basic' }
  | { authType: 'oauth2'; scopes: string; isAutoRefreshTokenEnabled: boolean }

/**
 * Someone confirmed another version of the app, with other scopes perhaps: tokens have them from their next refresh on.
 * Told like an installation: for a company, and for each location that it reaches.
 */
export function updateApp(
  deps: InstallDeps,
  target: TokenTarget,
  { versionId, scopes }: { versionId: string; scopes?: string[] },
): void {
  for (const before of installsUnder(deps, target)) {
    const after = { ...before, versionId, scopes: scopes ?? before.scopes }
    saveChange(deps, after)
    announceUpdate(deps, before, after)
  }
}

/** HighLevel docs, PlanChange. An agency's plan holds for the locations it reaches and is told once, for the agency. */
export function changePlan(deps: InstallDeps, target: TokenTarget, planId: string): void {
  const installs = installsUnder(deps, target)
  for (const install of installs) saveChange(deps, { ...install, planId, trial: null })
  const [told] = installs
  if (told === undefined) return
  const { companyId, userId, planId: currentPlanId } = told
  const fields = { companyId, userId, ...(currentPlanId !== null && { currentPlanId }), newPlanId: planId }
  deps.webhooks.emit({ type: 'PLAN_CHANGE', tenant: tenantOf(told), fields })
}

/** HighLevel docs, ExternalAuthConnected. */
export function connectExternalAuth({ world, webhooks }: InstallDeps, locationId: string, auth: ExternalAuth): void {
  const { companyId } = getLocation(world, locationId)
  if (findLocationInstall(world, locationId) === undefined)
    throw new Error(`The app is not installed in ${locationId}.`)
  webhooks.emit({ type: 'EXTERNAL_AUTH_CONNECTED', tenant: { locationId }, fields: { companyId, ...auth } })
}

/** A location's own, or the company's with those of the locations it reaches; the company's comes first. */
function installsUnder({ world }: InstallDeps, target: TokenTarget): Install[] {
  const reached = listInstalls(world, target).filter((one) => 'locationId' in target || one.viaCompany)
  const company = 'companyId' in target ? findInstall(world, { ...target, locationId: null }) : undefined
  const installs = company === undefined ? reached : [company, ...reached]
  if (installs.length === 0) throw new Error(`The app is not installed for ${JSON.stringify(target)}.`)
  return installs
}

function saveChange({ world }: InstallDeps, install: Install): void {
  rememberInstall(world, install)
  world.installs.put(install)
  world.changed()
}
