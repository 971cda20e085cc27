import type { Actor, AuditAction } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { findInstallationForChange, type InstallationStatus, saveInstallation } from './installation-store.ts'

/** The states that tokens decide. */
export type TokenStatus = 'active' | 'needs_reconnect' | 'suspended'

/** Only states that tokens decide are moved; what an owner or HighLevel decided stays. */
const FROM: Record<TokenStatus, { states: InstallationStatus[]; action: AuditAction }> = {
  active: { states: ['needs_reconnect', 'suspended'], action: 'installation.recovered' },
  needs_reconnect: { states: ['active', 'unclaimed', 'suspended'], action: 'installation.needs_reconnect' },
  suspended: { states: ['active', 'unclaimed'], action: 'installation.suspended' },
}

/** Moves the installation to what a refresh taught us. False when it was there already. */
export async function settleStatus(db: TenantDb, status: TokenStatus, actor: Actor, at: number): Promise<boolean> {
  const installation = await findInstallationForChange(db)
  if (!installation || !FROM[status].states.includes(installation.status)) return false
  await saveInstallation(db, { ...installation, status })
  await recordAudit(db, { action: FROM[status].action, actor, target: `installation/${db.tenantId}`, at })
  return true
}
