import type { Actor, AuditAction } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { findInstallationForChange, type InstallationStatus, saveInstallation } from './installation-store.ts'

/** The states that tokens decide. */
export type TokenStatus = 'active' | 'needs_reconnect' | 'suspended'

/** Only states that tokens decide are moved; what an owner or HighLevel decided stays. */
const FROM: Record<TokenStatus, { states: InstallationStatus[]; action: AuditAction }> = {
  active: { states: ['needs_reconnect', 'suspended'], action: 'installation.recovered' },
  needs_reconnect: { states: ['active', 'unclaimed', 'suspended'], action: 'installation.needs_reconnect' },
  suspended: { states: ['active', 'unclaimed'], action: 'installation.suspended' },
}

/** Moves the installation to what a refresh taught us. Does nothing when it is there already. */
export async function settleStatus(
  deps: { enqueue: Enqueue; now: Clock },
  db: TenantDb,
  status: TokenStatus,
  actor: Actor,
): Promise<void> {
  const { tenantId } = db
  const installation = await findInstallationForChange(db)
  if (!installation || !FROM[status].states.includes(installation.status)) return
  await saveInstallation(db, { ...installation, status })
  await recordAudit(db, { action: FROM[status].action, actor, target: `installation/${tenantId}`, at: deps.now() })
  if (status === 'active') await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
}
