import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { findInstallationForChange } from '../tenants/installation-store.ts'
import { findPurgeTimes, schedulePurge } from '../tenants/purge-time-store.ts'
import { type PurgeDeps, purgeTenant } from './purge-tenant.ts'

/** Does not wait for the end of the grace period. The certificate; undefined where the tenant is installed. */
export async function purgeNow(
  deps: PurgeDeps,
  { tenantId, actor, reason }: { tenantId: string; actor: Actor; reason: string },
): Promise<string | undefined> {
  await deps.database.asTenant(tenantId, async (db) => {
    const installation = await findInstallationForChange(db)
    const times = await findPurgeTimes(db)
    if (installation?.status !== 'uninstalled' || times?.begunAt) return
    const at = deps.now()
    await schedulePurge(db, new Date(at))
    const target = `installation/${tenantId}`
    await recordAudit(db, { action: 'tenant.purge_asked', actor, target, details: { reason }, at })
  })
  return purgeTenant(deps, { tenantId, actor })
}
