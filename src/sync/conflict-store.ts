import type { TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'

/** Something an owner has to decide. */
export type Conflict = {
  id: string
  connectionId: string
  flowId: string
  object: string
  kind: 'field' | 'match' | 'brake' | 'unknown_outcome'
  highLevelId: string | null
  partnerId: string | null
  /** The partner's field; empty where it is about the whole record. */
  field: string
  /** Both values, or the candidates; sealed. */
  details: Buffer
  state: 'open' | 'settled' | 'outdated'
  decision: string | null
  createdAt: Date
  updatedAt: Date
}

const COLUMNS = {
  id: 'id',
  connectionId: 'connection_id',
  flowId: 'flow_id',
  object: 'object',
  kind: 'kind',
  highLevelId: 'highlevel_id',
  partnerId: 'partner_id',
  field: 'field',
  details: 'details',
  state: 'state',
  decision: 'decision',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
} as const

export const conflictPlace = (db: TenantDb, about: { connectionId: string; kind: string }): string =>
  `conflicts.details/${db.tenantId}/${about.connectionId}/${about.kind}`

export type NewConflict = Omit<Conflict, 'id' | 'state' | 'decision' | 'createdAt' | 'updatedAt'>

/** One question, however often it comes up: the values are those of the last time. */
export async function openConflict(db: TenantDb, conflict: NewConflict, at: Date): Promise<void> {
  const row = {
    tenant_id: db.tenantId,
    id: newId(),
    connection_id: conflict.connectionId,
    flow_id: conflict.flowId,
    object: conflict.object,
    kind: conflict.kind,
    highlevel_id: conflict.highLevelId,
    partner_id: conflict.partnerId,
    field: conflict.field,
    details: conflict.details,
    created_at: at,
    updated_at: at,
  }
  await db
    .sql('conflicts')
    .insert(row)
    .onConflict(
      db.sql.raw(
        "(tenant_id, connection_id, object, kind, coalesce(highlevel_id, ''), coalesce(partner_id, ''), field) where state = 'open'",
      ),
    )
    .merge({ details: conflict.details, flow_id: conflict.flowId, updated_at: at })
}

/** Questions about a pair's fields that nobody has to answer any more. */
export async function outdateFieldConflicts(
  db: TenantDb,
  pair: { connectionId: string; object: string; highLevelId: string; stillOpen: readonly string[] },
  at: Date,
): Promise<void> {
  await db
    .sql('conflicts')
    .where({
      tenant_id: db.tenantId,
      connection_id: pair.connectionId,
      object: pair.object,
      highlevel_id: pair.highLevelId,
      kind: 'field',
      state: 'open',
    })
    .whereNotIn('field', [...pair.stillOpen])
    .update({ state: 'outdated', settled_at: at, updated_at: at })
}

export const listConflicts = (
  db: TenantDb,
  page: { before: string | null; limit: number; connectionId?: string },
): Promise<Conflict[]> =>
  db
    .sql('conflicts')
    .where({ tenant_id: db.tenantId, state: 'open', ...(page.connectionId && { connection_id: page.connectionId }) })
    .whereRaw('(:before::uuid is null or id < :before)', { before: page.before })
    .orderBy('id', 'desc')
    .limit(page.limit)
    .select(COLUMNS)

/** Locked until the transaction ends. */
export async function getOpenConflict(db: TenantDb, id: string): Promise<Conflict> {
  const conflict = await db.sql('conflicts').where({ tenant_id: db.tenantId, id }).forUpdate().first(COLUMNS)
  if (!conflict) throw new AppError('not_found')
  if (conflict.state !== 'open') throw new AppError('conflict', { detail: 'This has been settled already.' })
  return conflict
}

export async function settleOpenConflict(
  db: TenantDb,
  settled: { id: string; decision: string; decidedBy: string },
  at: Date,
): Promise<void> {
  await db.sql('conflicts').where({ tenant_id: db.tenantId, id: settled.id }).update({
    state: 'settled',
    decision: settled.decision,
    decided_by: settled.decidedBy,
    settled_at: at,
    updated_at: at,
  })
}

/** Whether the owner has let removals of a connection's records go on since. */
export const wasLetGoOn = async (
  db: TenantDb,
  { connectionId, object, since }: { connectionId: string; object: string; since: Date },
): Promise<boolean> => {
  const where = { tenant_id: db.tenantId, connection_id: connectionId, object, kind: 'brake', field: 'removals' }
  return (
    (await db
      .sql('conflicts')
      .where({ ...where, decision: 'go_on' })
      .where('settled_at', '>', since)
      .first('id')) !== undefined
  )
}

export const findConflict = (db: TenantDb, id: string): Promise<Conflict | undefined> =>
  db.sql('conflicts').where({ tenant_id: db.tenantId, id }).first(COLUMNS)
