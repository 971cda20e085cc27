import type { Actor } from '../audit/audit-entry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { type NoteDeps, type Noted, noteFact } from './note-fact.ts'
import type { Subject } from './subject.ts'

export type UninstallDeps = NoteDeps & {
  database: Database
  /**
   * What other features hold for a tenant, as far as it stems from before it left: they forget it in the same transaction.
   * `isGone` when it has not come back since.
   */
  leave(db: TenantDb, left: { at: Date; isGone: boolean }): Promise<void>
}

export type Departure = { tenantId: string; subject?: Subject; at: number; actor: Actor }

/** One transaction: nothing that opens anything is left, and work begun before cannot write after. */
export const uninstall = async (deps: UninstallDeps, departure: Departure): Promise<void> => {
  await deps.database.asTenant(departure.tenantId, (db) => uninstallIn(deps, db, departure))
}

/** The same, in the transaction in hand. */
export async function uninstallIn(
  deps: UninstallDeps,
  db: TenantDb,
  { subject, at, actor }: Omit<Departure, 'tenantId'>,
): Promise<Noted | undefined> {
  const noted = await noteFact(deps, db, { fact: { kind: 'uninstalled', at }, actor, ...(subject && { subject }) })
  if (noted) await leaveBehind(deps, db, noted)
  return noted
}

/** Also news of a departure that comes late, after a new installation, takes with it what was there before. */
async function leaveBehind(deps: UninstallDeps, db: TenantDb, { before, after }: Noted): Promise<void> {
  const at = after.uninstalledAt
  if (!at || at.getTime() === before?.uninstalledAt?.getTime()) return
  await deps.leave(db, { at, isGone: after.status === 'uninstalled' })
}
