import type { InstallDeps } from './installs.ts'
import { changePlan, connectExternalAuth, type ExternalAuth, updateApp } from './lifecycle.ts'
import type { TokenTarget } from './tokens.ts'

/** What happens to an installation while it stands. */
export const lifecycleControl = (deps: InstallDeps) => ({
  /** UPDATE. With scopes: the next refresh gives them, access tokens that are out keep the old ones. */
  updateApp: (target: TokenTarget, change: { versionId: string; scopes?: string[] }): void =>
    updateApp(deps, target, change),
  /** PLAN_CHANGE; a trial ends with it. */
  changePlan: (target: TokenTarget, planId: string): void => changePlan(deps, target, planId),
  /** EXTERNAL_AUTH_CONNECTED. */
  connectExternalAuth: (locationId: string, auth: ExternalAuth): void => connectExternalAuth(deps, locationId, auth),
})
