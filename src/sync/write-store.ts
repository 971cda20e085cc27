import type { TenantDb } from '../db/database.ts'
import type { SideName } from './plan/record-plan.ts'

/** One write to a record of either side: opened before it is sent, closed with what became of it. */
export type Write = {
  id: string
  runId: string
  connectionId: string
  object: string
  highLevelId: string | null
  partnerId: string | null
  side: SideName
  kind: 'create' | 'update' | 'remove' | 'archive' | 'operation'
  /** The step of the flow, for an operation. */
  step: string | null
  state: 'open' | 'done' | 'declined' | 'failed' | 'unknown'
  reason: string | null
  /** `PlannedChange[]`, sealed. */
  changes: Buffer | null
  undoneBy: string | null
  openedAt: Date
  closedAt: Date | null
}

const COLUMNS = {
  id: 'id',
  runId: 'run_id',
  connectionId: 'connection_id',
  object: 'object',
  highLevelId: 'highlevel_id',
  partnerId: 'partner_id',
  side: 'side',
  kind: 'kind',
  step: 'step',
  state: 'state',
  reason: 'reason',
  changes: 'changes',
  undoneBy: 'undone_by',
  openedAt: 'opened_at',
  closedAt: 'closed_at',
} as const

export const writePlace = (db: TenantDb, id: string): string => `writes.changes/${db.tenantId}/${id}`

export type NewWrite = Omit<Write, 'state' | 'reason' | 'undoneBy' | 'closedAt'>

export async function openWrites(db: TenantDb, writes: readonly NewWrite[]): Promise<void> {
  if (writes.length === 0) return
  await db.sql('writes').insert(
    writes.map((write) => ({
      tenant_id: db.tenantId,
      id: write.id,
      run_id: write.runId,
      connection_id: write.connectionId,
      object: write.object,
      highlevel_id: write.highLevelId,
      partner_id: write.partnerId,
      side: write.side,
      kind: write.kind,
      step: write.step,
      changes: write.changes,
      opened_at: write.openedAt,
    })),
  )
}

export type ClosedWrite = Pick<Write, 'id' | 'highLevelId' | 'partnerId' | 'reason'> & {
  state: Exclude<Write['state'], 'open'>
}

export async function closeWrites(db: TenantDb, closed: readonly ClosedWrite[], at: Date): Promise<void> {
  await Promise.all(
    closed.map(({ id, highLevelId, partnerId, reason, state }) =>
      db
        .sql('writes')
        .where({ tenant_id: db.tenantId, id })
        .update({ state, reason, highlevel_id: highLevelId, partner_id: partnerId, closed_at: at }),
    ),
  )
}

export const hasWrites = async (db: TenantDb, runId: string): Promise<boolean> =>
  (await db.sql('writes').where({ tenant_id: db.tenantId, run_id: runId }).first('id')) !== undefined

/**
 * Writes of these runs that are still open: they took effect or they did not, and what is there now was looked up instead, or need
 * not be. Of those that are `opened` now nothing is said.
 */
export async function markUnknown(
  db: TenantDb,
  runIds: readonly string[],
  at: Date,
  opened: readonly string[] = [],
): Promise<void> {
  if (runIds.length === 0) return
  await db
    .sql('writes')
    .where({ tenant_id: db.tenantId, state: 'open' })
    .whereRaw('run_id = any(?::uuid[]) and id <> all(?::uuid[])', [[...runIds], [...opened]])
    .update({ state: 'unknown', closed_at: at })
}

/** What an operation of a run came to, if it was begun before. */
export const findOperation = (db: TenantDb, runId: string, step: string): Promise<Write | undefined> =>
  db.sql('writes').where({ tenant_id: db.tenantId, run_id: runId, step }).orderBy('id', 'desc').first(COLUMNS)

export const findWrite = (db: TenantDb, id: string): Promise<Write | undefined> =>
  db.sql('writes').where({ tenant_id: db.tenantId, id }).first(COLUMNS)

/** The history of a pair, the newest first. */
export const listWritesOf = (
  db: TenantDb,
  record: { connectionId: string; object: string; highLevelId: string },
  page: { before: string | null; limit: number },
): Promise<Write[]> =>
  db
    .sql('writes')
    .where({
      tenant_id: db.tenantId,
      connection_id: record.connectionId,
      object: record.object,
      highlevel_id: record.highLevelId,
    })
    .whereRaw('(:before::uuid is null or id < :before)', { before: page.before })
    .orderBy('id', 'desc')
    .limit(page.limit)
    .select(COLUMNS)

/** Until the transaction ends nobody else removes records of this connection. */
export async function lockRemovals(db: TenantDb, connectionId: string): Promise<void> {
  await db.sql.raw("select pg_advisory_xact_lock(hashtextextended('removals ' || ?, 0))", [connectionId])
}

/** How many records were removed or archived since, up to a bound. */
export async function countRemovals(
  db: TenantDb,
  { connectionId, side, since, most }: { connectionId: string; side: SideName; since: string; most: number },
): Promise<number> {
  const some = db
    .sql('writes')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, side })
    .whereIn('kind', ['remove', 'archive'])
    .where('id', '>=', since)
    .limit(most)
    .select('id')
  const [row] = await db.sql.from(some.as('some')).count('* as count')
  return Number(row?.count ?? 0)
}

export async function markUndone(db: TenantDb, id: string, undoneBy: string): Promise<boolean> {
  const changed = await db
    .sql('writes')
    .where({ tenant_id: db.tenantId, id })
    .whereNull('undone_by')
    .update({ undone_by: undoneBy })
  return changed === 1
}
