import type { TenantDb } from '../db/database.ts'
import type { Backfill, BackfillStatus, Counts } from './backfill.ts'
import { RETURNED, toBackfill } from './backfill-store.ts'

/** Somebody's right to work on a backfill alone. */
export type Turn = { backfillId: string; turn: string }

/** The turn ended meanwhile: it lasted too long, or somebody paused or cancelled the backfill. Nothing was stored. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost'
}

const WORKING = `('planning', 'testing', 'running')`
const ALIVE = `turn_until = clock_timestamp() + :forMs * interval '1 ms'`

/**
 * Takes the turn unless somebody has it, or there is nothing to be done now. What waited goes on. Time is the database's, for
 * processes with different clocks; only when to look again is the product's.
 */
export async function takeTurn(
  db: TenantDb,
  { backfillId, turn }: Turn,
  { forMs, now, wakeAt }: { forMs: number; now: Date; wakeAt: Date },
): Promise<Backfill | undefined> {
  const { rows } = await db.sql.raw(
    `update backfills b set turn = :turn, ${ALIVE}, wake_at = :wakeAt, updated_at = :now,
       status = coalesce(b.resumes, b.status), resumes = null, reason = null
     where b.tenant_id = :tenant and b.id = :backfillId
       and (b.turn_until is null or b.turn_until < clock_timestamp())
       and (b.status in ${WORKING} or (b.status = 'waiting' and b.wake_at <= :now))
     returning ${RETURNED}`,
    { tenant: db.tenantId, backfillId, turn, forMs, now, wakeAt },
  )
  return rows[0] && toBackfill(rows[0])
}

/** Throws `TurnLost` when it is over. */
export async function holdTurn(db: TenantDb, { backfillId, turn }: Turn, forMs: number): Promise<void> {
  const { rowCount } = await db.sql.raw(`update backfills set ${ALIVE} where ${MINE} and status in ${WORKING}`, {
    tenant: db.tenantId,
    backfillId,
    turn,
    forMs,
  })
  if (rowCount !== 1) throw new TurnLost()
}

const MINE = 'tenant_id = :tenant and id = :backfillId and turn = :turn and turn_until > clock_timestamp()'

/** So that the next one need not wait until it has run out. True when it was still there to be given back. */
export async function giveTurnBack(
  db: TenantDb,
  { backfillId, turn }: Turn,
  { busyMs, at }: { busyMs: number; at: Date },
): Promise<{ status: BackfillStatus } | undefined> {
  const { rows } = await db.sql.raw(
    `update backfills set turn = null, turn_until = null, busy_ms = busy_ms + :busyMs, updated_at = :at
     where tenant_id = :tenant and id = :backfillId and turn = :turn returning status`,
    { tenant: db.tenantId, backfillId, turn, busyMs: Math.round(busyMs), at },
  )
  return rows[0]
}

/** Where reading goes on. In the transaction that stores what was read. */
export async function storePlace(
  db: TenantDb,
  { backfillId, turn }: Turn,
  { place, total, forMs }: { place: object; total: number | null; forMs: number },
): Promise<void> {
  const { rowCount } = await db.sql.raw(
    `update backfills set place = :place, total = coalesce(:total::int, total), troubles = 0, ${ALIVE}
     where ${MINE} and status in ${WORKING}`,
    { tenant: db.tenantId, backfillId, turn, place: JSON.stringify(place), total, forMs },
  )
  if (rowCount !== 1) throw new TurnLost()
}

export type Advance = { done: number; counts: Counts; failedInARow: number; forMs: number }

/**
 * What became of records, in the transaction that settles them. It counts also when somebody has paused or cancelled the
 * backfill in between: they were worked on. How it stands now.
 */
export async function storeAdvance(
  db: TenantDb,
  { backfillId, turn }: Turn,
  { done, counts, failedInARow, forMs }: Advance,
): Promise<BackfillStatus> {
  const { rows } = await db.sql.raw(
    `update backfills set done = done + :done, created = created + :created, updated = updated + :updated,
       unchanged = unchanged + :unchanged, skipped = skipped + :skipped, conflict = conflict + :conflict,
       failed = failed + :failed, failed_in_a_row = :failedInARow, troubles = 0, ${ALIVE}
     where ${MINE} returning status`,
    { tenant: db.tenantId, backfillId, turn, done, ...counts, failedInARow, forMs },
  )
  if (!rows[0]) throw new TurnLost()
  return rows[0].status
}

/** One more time that it had to wait; how often that is in a row now. */
export async function countTrouble(db: TenantDb, { backfillId }: Turn): Promise<number> {
  const { rows } = await db.sql.raw(
    `update backfills set troubles = troubles + 1
     where tenant_id = :tenant and id = :backfillId returning troubles`,
    { tenant: db.tenantId, backfillId },
  )
  return rows[0]?.troubles ?? 1
}
