import type { OperationStep } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { conflictPlace, type NewConflict, openConflict } from './conflict-store.ts'
import type { PairWork } from './pair-work.ts'
import type { RecordPlan } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

type Ids = { highLevelId: string | null; partnerId: string | null }

const NOBODY: Ids = { highLevelId: null, partnerId: null }

/** Both sides changed the same fields, and the flow says that the owner decides: only these fields wait. */
export async function askForValues(
  deps: SyncDeps,
  db: TenantDb,
  ctx: RunContext,
  work: PairWork,
  { plan, ...ids }: Ids & { plan: RecordPlan },
): Promise<void> {
  for (const dispute of plan.disputes)
    await ask(deps, db, ctx, work, { kind: 'field', ...ids, field: dispute.partnerField, details: dispute })
}

/** More than one record could be meant. */
export const askForMatch = (
  deps: SyncDeps,
  db: TenantDb,
  ctx: RunContext,
  work: PairWork,
  candidates: readonly SyncRecord[],
): Promise<void> =>
  ask(deps, db, ctx, work, {
    kind: 'match',
    ...NOBODY,
    ...(ctx.from === 'highlevel' ? { highLevelId: ctx.recordId } : { partnerId: ctx.recordId }),
    field: '',
    details: { candidates: candidates.map(({ id, fields }) => ({ id, fields })) },
  })

export const askForBrake = (deps: SyncDeps, db: TenantDb, ctx: RunContext, work: PairWork): Promise<void> =>
  ask(deps, db, ctx, work, {
    kind: 'brake',
    ...NOBODY,
    ...(work.held && { highLevelId: work.held.link.highLevelId, partnerId: work.held.link.partnerId }),
    field: '',
    details: {},
  })

type Question = Omit<NewConflict, 'connectionId' | 'flowId' | 'object' | 'details'> & { details: object }

async function ask(
  deps: SyncDeps,
  db: TenantDb,
  ctx: RunContext,
  { step }: PairWork,
  question: Question,
): Promise<void> {
  const about = { connectionId: ctx.open.connection.id, kind: question.kind }
  const text = Buffer.from(JSON.stringify(question.details))
  const details = await deps.vault.sealBytes(db, conflictPlace(db, about), text)
  await openConflict(
    db,
    { ...question, ...about, flowId: ctx.flow.id, object: step.object, details },
    new Date(deps.now()),
  )
}

/** An operation that must not be done twice, and whose answer was lost. `writeId`: where the ledger has it. */
export async function askForOutcome(
  deps: SyncDeps,
  db: TenantDb,
  ctx: RunContext,
  step: Pick<OperationStep, 'id' | 'operation'>,
  { writeId, input }: { writeId: string; input: object },
): Promise<void> {
  const about = { connectionId: ctx.open.connection.id, kind: 'unknown_outcome' } as const
  const told = { operation: step.operation, runId: ctx.runId, step: step.id, writeId, input }
  const text = Buffer.from(JSON.stringify(told))
  const question = {
    ...{ ...about, flowId: ctx.flow.id, object: 'operation', field: `${ctx.runId} ${step.id}` },
    ...{ ...NOBODY, ...(ctx.from === 'highlevel' ? { highLevelId: ctx.recordId } : { partnerId: ctx.recordId }) },
  }
  const details = await deps.vault.sealBytes(db, conflictPlace(db, about), text)
  await openConflict(db, { ...question, details }, new Date(deps.now()))
}

/** One question, however many records wait for its answer. */
export async function askForRemovals(deps: SyncDeps, db: TenantDb, ctx: RunContext, object: string): Promise<void> {
  const about = { connectionId: ctx.open.connection.id, kind: 'brake' } as const
  const details = await deps.vault.sealBytes(db, conflictPlace(db, about), Buffer.from('{}'))
  const question = { ...about, ...NOBODY, flowId: ctx.flow.id, object, field: 'removals', details }
  await openConflict(db, question, new Date(deps.now()))
}
