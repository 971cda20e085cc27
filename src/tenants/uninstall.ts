import type { Actor, AuditInput } from '../audit/audit-entry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { type NoteDeps, type Noted, noteFact } from './note-fact.ts'
import type { Subject } from './subject.ts'

export type UninstallDeps = NoteDeps & {
  database: Database
  /**
   * What other features hold for a tenant, as far as it stems from before it left: they forget it in the same transaction.
   * `isGone` when it has not come back since.
   */
  leave(db: TenantDb, left: Left): Promise<void>
  /**
   * Before that: what takes calls to others with what is about to be forgotten. Never takes long, never fails.
   */
  sayGoodbye(departures: { tenantId: string; at: number }[]): Promise<void>
}

export type Left = Pick<Departure, 'actor' | 'erase'> & { at: Date; isGone: boolean }

export type Departure = {
  tenantId: string
  subject?: Subject
  at: number
  actor: Actor
  /** Nothing is kept for somebody who might come back. */
  erase: boolean
  /** What else the log should say of it. */
  details?: AuditInput['details']
}

/** One transaction: nothing that opens anything is left, and work begun before cannot write after. */
export const uninstall = async (deps: UninstallDeps, departure: Departure): Promise<void> => {
  await deps.database.asTenant(departure.tenantId, (db) => uninstallIn(deps, db, departure))
}

/** The same, in the transaction in hand. */
export async function uninstallIn(
  deps: UninstallDeps,
  db: TenantDb,
  departure: Omit<Departure, 'tenantId'>,
): Promise<Noted | undefined> {
  const { at, actor, subject, details } = departure
  const fact = { kind: 'uninstalled', at } as const
  const noted = await noteFact(deps, db, { fact, actor, ...(subject && { subject }), ...(details && { details }) })
  if (noted) await leaveBehind(deps, db, departure, noted)
  return noted
}

/**
 * Also news of a departure that comes late, after a new installation, takes with it what was there before. Told again, it
 * changes nothing, unless it says that nothing is to be kept.
 */
async function leaveBehind(
  deps: UninstallDeps,
  db: TenantDb,
  { actor, erase }: Pick<Departure, 'actor' | 'erase'>,
  { before, after }: Noted,
): Promise<void> {
  const at = after.uninstalledAt
  const isKnown = at?.getTime() === before?.uninstalledAt?.getTime()
  if (!at || (isKnown && !erase)) return
  await deps.leave(db, { at, isGone: after.status === 'uninstalled', actor, erase })
}
