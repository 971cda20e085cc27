import type { Knex } from 'knex'
import type { TenantDb } from '../db/database.ts'
import { markUnknown } from './write-store.ts'

export type RunOutcome = 'running' | 'retrying' | 'succeeded' | 'unchanged' | 'skipped' | 'failed'

export type NewRun = {
  id: string
  deliveryId: string
  flowId: string
  connectionId: string
  mappingVersion: number
  trigger: string
  /** The record that the event is about, on its side. */
  highLevelId: string | null
  partnerId: string | null
}

/** Opens the run, or takes it up again. False when it has finished before: then there is nothing left to do. */
export async function openRun(db: TenantDb, run: NewRun, at: Date): Promise<boolean> {
  const opened = await db
    .sql('runs')
    .insert({
      tenant_id: db.tenantId,
      id: run.id,
      delivery_id: run.deliveryId,
      flow_id: run.flowId,
      connection_id: run.connectionId,
      mapping_version: run.mappingVersion,
      trigger: run.trigger,
      highlevel_id: run.highLevelId,
      partner_id: run.partnerId,
      attempts: 1,
      started_at: at,
    })
    .onConflict(['tenant_id', 'id'])
    .merge({ attempts: db.sql.raw('runs.attempts + 1'), outcome: 'running', reason: null })
    .where('runs.finished_at', null)
    .returning('id')
  return opened.length === 1
}

export async function closeRun(
  db: TenantDb,
  id: string,
  result: {
    outcome: RunOutcome
    reason: string | null
    partnerId: string | null
    highLevelId: string | null
    at: Date
  },
): Promise<void> {
  const open = result.outcome === 'running' || result.outcome === 'retrying'
  await db
    .sql('runs')
    .where({ tenant_id: db.tenantId, id })
    .whereNull('finished_at')
    .update({
      outcome: result.outcome,
      reason: result.reason,
      partner_id: result.partnerId,
      highlevel_id: result.highLevelId,
      finished_at: open ? null : result.at,
    })
}

/** Nobody takes it up again. */
export const isRunOver = async (db: TenantDb, id: string): Promise<boolean> =>
  (await db.sql('runs').where({ tenant_id: db.tenantId, id }).whereNull('finished_at').first('id')) === undefined

/** Those of the runs that were begun and not finished. */
export async function closeLeftRuns(
  db: TenantDb,
  ids: string[],
  closing: { outcome: 'skipped' | 'failed'; reason: string; at: Date },
): Promise<void> {
  const closed = await db
    .sql('runs')
    .where({ tenant_id: db.tenantId })
    .whereIn('id', ids)
    .whereNull('finished_at')
    .update({ outcome: closing.outcome, reason: closing.reason, finished_at: closing.at })
    .returning('id')
  await markUnknown(db, idsOf(closed), closing.at)
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id)

/** Those of a delivery that were begun and not finished. Their ids begin with the time that the delivery's begins with. */
export async function closeRunsOfDelivery(
  db: TenantDb,
  deliveryId: string,
  closing: { outcome: 'skipped' | 'failed'; reason: string; at: Date },
): Promise<void> {
  const closed = await db
    .sql('runs')
    .where({ tenant_id: db.tenantId, delivery_id: deliveryId })
    .whereBetween('id', momentOf(deliveryId))
    .whereNull('finished_at')
    .update({ outcome: closing.outcome, reason: closing.reason, finished_at: closing.at })
    .returning('id')
  await markUnknown(db, idsOf(closed), closing.at)
}

const momentOf = (id: string): [string, string] => {
  const moment = id.slice(0, 13)
  return [`${moment}-0000-0000-000000000000`, `${moment}-ffff-ffff-ffffffffffff`]
}

/**
 * All that are under way or wait; those begun up to a moment, if one is given. Not more than so many: whoever works on an
 * event whose time is over closes its runs as well.
 */
export async function closeUnfinishedRuns(
  db: TenantDb,
  closing: { begunUpTo: Date | null; reason: string; at: Date; most: number },
): Promise<number> {
  const closed = await db
    .sql('runs')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'id',
      db
        .sql('runs')
        .where({ tenant_id: db.tenantId })
        .whereNull('finished_at')
        .whereRaw('(:upTo::timestamptz is null or started_at <= :upTo)', { upTo: closing.begunUpTo })
        .orderBy('id')
        .limit(closing.most)
        .select('id'),
    )
    .whereNull('finished_at')
    .update({ outcome: 'skipped', reason: closing.reason, finished_at: closing.at })
    .returning('id')
  await markUnknown(db, idsOf(closed), closing.at)
  return closed.length
}

export type NewStep = {
  action: string
  outcome: 'succeeded' | 'unchanged' | 'declined' | 'failed'
  reason: string | null
  /** Masked. */
  sent: Record<string, unknown>
  partnerId: string | null
  startedAt: Date
  finishedAt: Date
}

/** Steps are numbered as they come; a run taken up again goes on counting. */
export async function recordSteps(db: TenantDb, runId: string, steps: readonly NewStep[]): Promise<void> {
  if (steps.length === 0) return
  const before = db.sql('run_steps').where({ tenant_id: db.tenantId, run_id: runId })
  await db.sql('run_steps').insert(
    steps.map((step, index) => ({
      tenant_id: db.tenantId,
      run_id: runId,
      ordinal: before.clone().select(db.sql.raw('count(*) + ?', [index + 1])),
      action: step.action,
      outcome: step.outcome,
      reason: step.reason,
      sent: JSON.stringify(step.sent),
      partner_id: step.partnerId,
      started_at: step.startedAt,
      finished_at: step.finishedAt,
    })),
  )
}

export type RunView = {
  id: string
  flowName: string
  partner: string
  outcome: RunOutcome
  reason: string | null
  attempts: number
  startedAt: Date
  finishedAt: Date | null
  steps: { action: string; outcome: NewStep['outcome']; reason: string | null; sent: Record<string, unknown> }[]
}

/** The newest runs with their steps. */
export const listRuns = (db: TenantDb, limit: number): Promise<RunView[]> =>
  withSteps(db, selectRuns(db).orderBy('runs.id', 'desc').limit(limit))

/** Every run of one delivery, the oldest first. Ids of runs begin with the time that the delivery's begins with. */
export function listRunsOfDelivery(db: TenantDb, deliveryId: string): Promise<RunView[]> {
  const runs = selectRuns(db)
    .whereBetween('runs.id', momentOf(deliveryId))
    .where('runs.delivery_id', deliveryId)
    .orderBy(['runs.started_at', 'runs.id'])
  return withSteps(db, runs)
}

const selectRuns = (db: TenantDb): Knex.QueryBuilder =>
  db
    .sql('runs')
    .join('flows', { 'flows.tenant_id': 'runs.tenant_id', 'flows.id': 'runs.flow_id' })
    .join('connections', { 'connections.tenant_id': 'runs.tenant_id', 'connections.id': 'runs.connection_id' })
    .where('runs.tenant_id', db.tenantId)
    .select({
      id: 'runs.id',
      flowName: 'flows.name',
      partner: 'connections.partner',
      outcome: 'runs.outcome',
      reason: 'runs.reason',
      attempts: 'runs.attempts',
      startedAt: 'runs.started_at',
      finishedAt: 'runs.finished_at',
    })

async function withSteps(db: TenantDb, query: Knex.QueryBuilder): Promise<RunView[]> {
  const runs: Omit<RunView, 'steps'>[] = await query
  const steps = await db
    .sql('run_steps')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'run_id',
      runs.map((run) => run.id),
    )
    .orderBy(['run_id', 'ordinal'])
  return runs.map((run) => ({ ...run, steps: steps.filter((step) => step.run_id === run.id) }))
}
