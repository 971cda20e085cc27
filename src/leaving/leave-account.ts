import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { uninstallApp } from '../highlevel/marketplace.ts'
import { AppError } from '../lib/errors.ts'
import type { CompanyDeps } from '../tenants/company-locations.ts'
import { timeOfDecision } from '../tenants/installation-state.ts'
import { getInstallation, type Installation } from '../tenants/installation-store.ts'
import { noteUninstalled } from '../tenants/lifecycle.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'

export type LeaveDeps = CompanyDeps & {
  tenantApi: TenantApi
  /** How long the platform is waited for: seconds, unless a test is in a hurry. */
  patienceMs?: number
}

const PATIENCE_MS = 10_000

export type Leaving = { tenantId: string; reason: string; erase: boolean; actor: Actor }

/**
 * Uninstalls from here. The platform is told first, while there is a token for it; whatever it answers, and if it does not,
 * the app is uninstalled here. `told`: it has taken the app off its own list.
 */
export async function leaveAccount(deps: LeaveDeps, leaving: Leaving): Promise<{ told: boolean }> {
  const installation = await deps.database.asTenant(leaving.tenantId, getInstallation)
  if (installation.status === 'uninstalled') throw new AppError('not_installed')
  // From before the platform is told: whoever installs anew while it takes its time is not uninstalled with it.
  const at = timeOfDecision(installation, deps.platformClock())
  await recordWish(deps, leaving)
  const told = await tellPlatform(deps, installation, leaving.reason)
  const { actor, erase, reason } = leaving
  await noteUninstalled(deps, installation, { at, actor, erase, details: { reason, told, erase } })
  return { told }
}

/** Before the platform is told: its own news of the departure may be here before its answer. */
const recordWish = (deps: LeaveDeps, { tenantId, reason, erase, actor }: Leaving): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    const target = `installation/${tenantId}`
    const details = { reason, erase }
    await recordAudit(db, { action: 'installation.leave_asked', actor, target, details, at: deps.now() })
  })

async function tellPlatform(deps: LeaveDeps, installation: Installation, reason: string): Promise<boolean> {
  const { tenantId, appId, companyId, locationId } = installation
  // The tenant's own token: a company's would take the app out of all its locations.
  const whose = locationId ? { locationId } : { companyId: String(companyId) }
  const telling = uninstallApp(deps.tenantApi(tenantId), { appId, whose, reason }).then(
    () => true,
    (error) => {
      deps.log.warn({ error, tenantId }, 'the platform could not be told of an uninstall')
      return false
    },
  )
  return Promise.race([telling, sleep(deps.patienceMs ?? PATIENCE_MS, false, { ref: false })])
}
