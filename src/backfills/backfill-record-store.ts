import type { TenantDb } from '../db/database.ts'
import type { SyncOutcome } from '../sync/sync-outcome.ts'
import type { Counts, Phase } from './backfill.ts'
import { NO_COUNTS } from './backfill.ts'

export type RecordsOf = { backfillId: string; phase: Phase }

/** A record that waits for its turn, and what became of it the time before. */
export type PendingRecord = { recordId: string; before: SyncOutcome['outcome'] | null }

export type SettledRecord = { recordId: string; outcome: SyncOutcome; isKept: boolean }

export type KeptRecord = { recordId: string } & SyncOutcome

const where = (db: TenantDb, { backfillId, phase }: RecordsOf) => ({
  tenant_id: db.tenantId,
  backfill_id: backfillId,
  phase,
})

/** Adds what was read. One that is there already becomes pending once more. */
export async function addRecords(db: TenantDb, of: RecordsOf, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return
  await db.sql.raw(
    `insert into backfill_records (tenant_id, backfill_id, phase, record_id, pending, updated_at)
     select :tenant, :backfillId, :phase, id, true, :at from unnest(:ids::text[]) as one (id)
     on conflict (tenant_id, backfill_id, phase, record_id) do update set pending = true, updated_at = excluded.updated_at`,
    { tenant: db.tenantId, ...of, ids: [...new Set(ids)], at },
  )
}

export const listPending = (db: TenantDb, of: RecordsOf, most: number): Promise<PendingRecord[]> =>
  db
    .sql('backfill_records')
    .where({ ...where(db, of), pending: true })
    .limit(most)
    .select({ recordId: 'record_id', before: 'outcome' })

/** What became of records: kept, or forgotten where nobody will ask. */
export async function settleRecords(
  db: TenantDb,
  of: RecordsOf,
  settled: readonly SettledRecord[],
  at: Date,
): Promise<void> {
  const forgotten = settled.filter(({ isKept }) => !isKept).map(({ recordId }) => recordId)
  if (forgotten.length > 0) {
    await db.sql('backfill_records').where(where(db, of)).whereIn('record_id', forgotten).delete()
  }
  for (const { recordId, outcome } of settled.filter(({ isKept }) => isKept)) {
    await db
      .sql('backfill_records')
      .where({ ...where(db, of), record_id: recordId })
      .update({
        pending: false,
        outcome: outcome.outcome,
        reason: outcome.reason,
        highlevel_id: outcome.highLevelId,
        partner_id: outcome.partnerId,
        wrote: JSON.stringify(outcome.wrote),
        updated_at: at,
      })
  }
}

/** Those that were worked on, in the order of their ids, behind `after`; of some outcomes only, where these are given. */
export function listKept(
  db: TenantDb,
  of: RecordsOf,
  wanted: { most: number; after?: string | undefined; outcomes?: readonly SyncOutcome['outcome'][] },
): Promise<KeptRecord[]> {
  const query = db
    .sql('backfill_records')
    .where({ ...where(db, of), pending: false })
    .orderBy('record_id')
    .limit(wanted.most)
    .select({
      recordId: 'record_id',
      outcome: 'outcome',
      reason: 'reason',
      highLevelId: 'highlevel_id',
      partnerId: 'partner_id',
      wrote: 'wrote',
    })
  if (wanted.after !== undefined) query.where('record_id', '>', wanted.after)
  if (wanted.outcomes) query.whereIn('outcome', [...wanted.outcomes])
  return query
}

/** How many came to what. */
export async function countKept(db: TenantDb, of: RecordsOf): Promise<Counts> {
  const rows: { outcome: keyof Counts; count: number }[] = await db
    .sql('backfill_records')
    .where({ ...where(db, of), pending: false })
    .groupBy('outcome')
    .select('outcome', { count: db.sql.raw('count(*)::int') })
  return { ...NO_COUNTS, ...Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count])) }
}

/** How many there were. */
export const forgetRecords = (db: TenantDb, of: RecordsOf): Promise<number> =>
  db.sql('backfill_records').where(where(db, of)).delete()
