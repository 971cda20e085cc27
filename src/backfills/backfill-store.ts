import type { SystemDb, TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import type { Backfill } from './backfill.ts'
import type { Standing } from './next-status.ts'

const COLUMNS = {
  id: 'id',
  flowId: 'flow_id',
  connectionId: 'connection_id',
  object: 'object',
  source: 'source',
  mappingVersion: 'mapping_version',
  status: 'status',
  resumes: 'resumes',
  reason: 'reason',
  askedBy: 'asked_by',
  createdAt: 'created_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  wakeAt: 'wake_at',
  place: 'place',
  total: 'total',
  done: 'done',
  created: 'created',
  updated: 'updated',
  unchanged: 'unchanged',
  skipped: 'skipped',
  conflict: 'conflict',
  failed: 'failed',
  busyMs: 'busy_ms',
  troubles: 'troubles',
  failedInARow: 'failed_in_a_row',
} as const

export type BackfillRow = Omit<Backfill, 'counts'> & Backfill['counts']

export function toBackfill(row: BackfillRow): Backfill {
  const { created, updated, unchanged, skipped, conflict, failed, ...same } = row
  return { ...same, counts: { created, updated, unchanged, skipped, conflict, failed } }
}

/** As a list of a statement's own, for those who read what they changed. */
export const RETURNED = Object.entries(COLUMNS)
  .map(([property, column]) => `b.${column} as "${property}"`)
  .join(', ')

export type NewBackfill = Pick<
  Backfill,
  'id' | 'flowId' | 'connectionId' | 'object' | 'source' | 'mappingVersion' | 'askedBy'
>

/** It begins with its plan. Refused while the flow has another one that is not over. */
export async function insertBackfill(db: TenantDb, backfill: NewBackfill, at: Date): Promise<void> {
  const inserted = await db
    .sql('backfills')
    .insert({
      tenant_id: db.tenantId,
      id: backfill.id,
      flow_id: backfill.flowId,
      connection_id: backfill.connectionId,
      object: backfill.object,
      source: backfill.source,
      mapping_version: backfill.mappingVersion,
      asked_by: backfill.askedBy,
      status: 'planning',
      wake_at: at,
      created_at: at,
      updated_at: at,
    })
    .onConflict(db.sql.raw('(tenant_id, flow_id) where finished_at is null'))
    .ignore()
    .returning('id')
  if (inserted.length === 0) throw new AppError('conflict', { detail: 'An import of this flow is open already.' })
}

/** Refuses what is not this tenant's, or not there. */
export async function getBackfill(db: TenantDb, id: string): Promise<Backfill> {
  const row = await db.sql('backfills').where({ tenant_id: db.tenantId, id }).first(COLUMNS)
  if (!row) throw new AppError('not_found')
  return toBackfill(row)
}

/** Locked until the transaction ends. */
export async function getBackfillForChange(db: TenantDb, id: string): Promise<Backfill> {
  const row = await db.sql('backfills').where({ tenant_id: db.tenantId, id }).forUpdate().first(COLUMNS)
  if (!row) throw new AppError('not_found')
  return toBackfill(row)
}

/** Newest first. */
export async function listBackfills(db: TenantDb, most: number): Promise<Backfill[]> {
  const rows = await db
    .sql('backfills')
    .where({ tenant_id: db.tenantId })
    .orderBy('id', 'desc')
    .limit(most)
    .select(COLUMNS)
  return rows.map(toBackfill)
}

/** Of all tenants, newest first. */
export async function listAllBackfills(db: SystemDb, most: number): Promise<(Backfill & { tenantId: string })[]> {
  const rows = await db
    .sql('backfills')
    .orderBy('id', 'desc')
    .limit(most)
    .select({ ...COLUMNS, tenantId: 'tenant_id' })
  return rows.map(({ tenantId, ...row }) => ({ ...toBackfill(row), tenantId }))
}

/** In whatever account it is. */
export async function findBackfillAnywhere(
  db: SystemDb,
  id: string,
): Promise<(Backfill & { tenantId: string }) | undefined> {
  const row = await db
    .sql('backfills')
    .where({ id })
    .first({ ...COLUMNS, tenantId: 'tenant_id' })
  if (!row) return undefined
  const { tenantId, ...same } = row
  return { ...toBackfill(same), tenantId }
}

export type Moved = Standing & {
  reason: string | null
  wakeAt: Date | null
  at: Date
  isOver: boolean
  /** Set when the run begins: everything of it is counted anew. */
  startedAt?: Date
  mappingVersion?: number
}

/** How it stands from now on. Whoever is at it learns so with the next thing that he stores. */
export async function moveBackfill(db: TenantDb, id: string, to: Moved): Promise<void> {
  await db
    .sql('backfills')
    .where({ tenant_id: db.tenantId, id })
    .update({
      status: to.status,
      resumes: to.resumes,
      reason: to.reason,
      wake_at: to.wakeAt,
      failed_in_a_row: 0,
      updated_at: to.at,
      finished_at: to.isOver ? to.at : null,
      ...(to.startedAt && { started_at: to.startedAt, place: null, busy_ms: 0 }),
      ...(to.mappingVersion !== undefined && { mapping_version: to.mappingVersion }),
    })
}

/** In every account: somebody should look after these, and nobody does. */
export const listDueBackfills = (db: SystemDb, now: Date, most: number): Promise<{ tenantId: string; id: string }[]> =>
  db
    .sql('backfills')
    .where('wake_at', '<=', now)
    .whereRaw('(turn_until is null or turn_until < clock_timestamp())')
    .orderBy('wake_at')
    .limit(most)
    .select({ tenantId: 'tenant_id', id: 'id' })

/** With what was kept of their records. */
export async function forgetBackfills(db: SystemDb, finishedBefore: Date): Promise<void> {
  const old = db.sql('backfills').where('finished_at', '<', finishedBefore).select('tenant_id', 'id')
  await db.sql('backfill_records').whereIn(['tenant_id', 'backfill_id'], old).delete()
  await db.sql('backfills').where('finished_at', '<', finishedBefore).delete()
}

/** Everything of the account that is not over, or what of it was asked for up to a moment. */
export async function cancelOpenBackfills(
  db: TenantDb,
  { reason, at, askedUpTo }: { reason: string; at: Date; askedUpTo: Date | null },
): Promise<void> {
  await db
    .sql('backfills')
    .where({ tenant_id: db.tenantId })
    .whereNull('finished_at')
    .whereRaw('(:upTo::timestamptz is null or created_at <= :upTo)', { upTo: askedUpTo })
    .update({ status: 'cancelled', resumes: null, reason, wake_at: null, finished_at: at, updated_at: at })
}

/** Those that nobody has looked after for long although somebody should. */
export async function listStuckBackfills(
  db: SystemDb,
  wokenBefore: Date,
  most: number,
): Promise<{ tenantId: string; id: string; wakeAt: Date }[]> {
  return db
    .sql('backfills')
    .where('wake_at', '<', wokenBefore)
    .whereRaw('(turn_until is null or turn_until < clock_timestamp())')
    .orderBy('wake_at')
    .limit(most)
    .select({ tenantId: 'tenant_id', id: 'id', wakeAt: 'wake_at' })
}
