import type { TenantDb } from '../db/database.ts'
import { firstIdAt } from '../lib/ids.ts'

/** A delivery that tells of a record, whoever found it out. */
export type Told = { id: string; orderingKey: string; eventType: string; sentAt: Date; body: Buffer }

/**
 * Deliveries of these records that came within the last so many milliseconds, the one sent last behind the others. Read in the order of the primary key, which is
 * that of time: no index has to be kept for it while deliveries come in.
 */
export async function listTold(
  db: TenantDb,
  wanted: { keys: string[]; types: readonly string[]; withinMs: number; withBodies: boolean },
): Promise<Told[]> {
  const rows = await db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .where('id', '>=', idOf(wanted.withinMs))
    .whereIn('ordering_key', wanted.keys)
    .whereIn('event_type', [...wanted.types])
    .orderByRaw('coalesce(sent_at, received_at), id')
    .select({
      id: 'id',
      orderingKey: 'ordering_key',
      eventType: 'event_type',
      sentAt: db.sql.raw('coalesce(sent_at, received_at)'),
      body: db.sql.raw(wanted.withBodies ? 'body' : `''::bytea`),
    })
  return rows
}

/** When the platform last told this tenant anything within so many milliseconds; null when it did not. */
export async function lastHeard(db: TenantDb, withinMs: number): Promise<Date | null> {
  const row = await db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId, source: 'highlevel' })
    .where('id', '>=', idOf(withinMs))
    .orderBy('id', 'desc')
    .first('received_at')
  return row?.received_at ?? null
}

/** Ids count by the clock of the machine that made them. */
const idOf = (withinMs: number): string => firstIdAt(Math.max(0, Math.floor(Date.now() - withinMs)))
