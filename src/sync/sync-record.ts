import type { SyncStep } from '../connectors/flow-definition.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { LookedAhead } from '../highlevel/looked-ahead.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { ThereAfterAll } from '../highlevel/there-after-all.ts'
import { Trouble } from '../lib/trouble.ts'
import { contextOf } from './context-of.ts'
import { oppositeOf } from './directions.ts'
import type { FlowEvent } from './flow-event.ts'
import { releaseLinksOf } from './link-store.ts'
import { type LookedFirst, lookFirst, withLabels } from './look-first.ts'
import { meetsConditions, noteEntry } from './meets-conditions.ts'
import { openFlow } from './open-flow.ts'
import type { PairInput } from './pair-work.ts'
import { createPartnerCalls } from './partner-calls.ts'
import type { SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { createRunLog } from './run-log.ts'
import { openRun } from './run-store.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import { syncPair } from './sync-pair.ts'
import { type Closing, type OpenedRun, openedRun } from './under-run.ts'

/** Why a record is looked at although nothing happened to it. Runs are named by it. */
export type Cause =
  /** `pass`: of one backfill a record may be looked at more than once, each time in a pass of its own. */
  { kind: 'backfill'; backfillId: string; pass: string } | { kind: 'decision'; conflictId: string }

export type SyncTask = {
  tenantId: string
  flow: StartedFlow
  /** The side that it starts from, and the record's id there. */
  from: SideName
  recordId: string
  /** Where whoever asks has it already; and when it was read, by this process's clock. */
  record?: SyncRecord
  readAt?: number
  cause: Cause
  /** Where its counterpart was looked for together with those of others. */
  ahead?: LookedAhead | undefined
  /** No automation is to be started by what is written. */
  quiet: boolean
}

/** Keeps one record in step by a flow, once for the same cause. Rejects with what keeps it from being done. */
export async function syncRecord(deps: SyncDeps, task: SyncTask): Promise<SyncOutcome> {
  const { event, ctx, step, run } = await prepare(deps, task)
  const looked = await lookAtKnown(deps, ctx, task, step)
  if (looked === 'in step') return outcomeOf(task, 'unchanged', null)
  const isLeft = await deps.database.asTenant(task.tenantId, async (db) => {
    const isOpen = await openRun(db, run.row, new Date(deps.now()))
    if (!isOpen) await releaseLinksOf(db, run.row.id)
    return isOpen
  })
  if (!isLeft) return outcomeOf(task, 'unchanged', 'It was done before.')
  try {
    const found = task.record ?? (await read(deps, ctx, task))
    const end = (closing: Closing): Promise<void> => deps.database.asTenant(task.tenantId, (db) => run.end(db, closing))
    if (!found || found.isDeleted) {
      await end({ outcome: 'skipped', reason: GONE })
      return outcomeOf(task, 'skipped', GONE)
    }
    if (!isFor(deps, ctx, task, found)) {
      await end({ outcome: 'skipped', reason: NOT_MET })
      return outcomeOf(task, 'skipped', NOT_MET)
    }
    const seen = looked ?? (await lookAtRead(deps, ctx, task, step, found))
    if (seen === 'in step') {
      await end({ outcome: 'unchanged', reason: null })
      return outcomeOf(task, 'unchanged', null)
    }
    const { source, ...held } = seen
    return await syncLookingAhead(deps, ctx, {
      ...inputOf(step, source, task.readAt),
      ...held,
      finish: async (db, outcome) => {
        if (task.cause.kind === 'backfill') await noteEntry(db, task.flow, { ...ctx, now: deps.now() })
        await run.end(db, closingOf(outcome))
      },
    })
  } catch (error) {
    await deps.database.asTenant(event.tenantId, async (db) => {
      await releaseLinksOf(db, run.row.id)
      const outcome = isForGood(error) ? 'failed' : 'retrying'
      await run.end(db, { outcome, reason: error instanceof Trouble ? error.message : null })
    })
    throw error
  }
}

/** What a backfill has read whole is looked at before it is made a run of. */
async function lookAtKnown(
  deps: SyncDeps,
  ctx: RunContext,
  task: SyncTask,
  step: SyncStep,
): Promise<LookedFirst | 'in step' | undefined> {
  const { record, ahead } = task
  if (!record || record.isDeleted || !(isAgain(task) || ahead) || !isFor(deps, ctx, task, record)) return undefined
  return lookFirst(deps, ctx, { step, record, isAgain: isAgain(task) })
}

/** What had to be read first, by its id. */
const lookAtRead = async (
  deps: SyncDeps,
  ctx: RunContext,
  task: SyncTask,
  step: SyncStep,
  record: SyncRecord,
): Promise<LookedFirst | 'in step'> =>
  isAgain(task)
    ? lookFirst(deps, ctx, { step, record, isAgain: true })
    : { source: await withLabels(ctx, step, record) }

const isAgain = ({ cause }: SyncTask): boolean => cause.kind === 'backfill' && cause.pass === 'again'

/** Nobody was there when many were looked for together, and the write was refused: then it is planned by a look of its own. */
async function syncLookingAhead(deps: SyncDeps, ctx: RunContext, input: PairInput): Promise<SyncOutcome> {
  try {
    return await syncPair(deps, ctx, input)
  } catch (error) {
    if (!(error instanceof ThereAfterAll)) throw error
    return syncPair(deps, { ...ctx, ahead: undefined }, input)
  }
}

/** What would become of it: nothing is written, on either side or here. */
export async function planRecordOf(deps: SyncDeps, task: SyncTask): Promise<SyncOutcome> {
  const { ctx, step } = await prepare(deps, task)
  const found = task.record ?? (await read(deps, ctx, task))
  if (!found || found.isDeleted) return outcomeOf(task, 'skipped', GONE)
  if (!isFor(deps, ctx, task, found)) return outcomeOf(task, 'skipped', NOT_MET)
  const source = await withLabels(ctx, step, found)
  const release = (): Promise<void> => deps.database.asTenant(task.tenantId, (db) => releaseLinksOf(db, ctx.runId))
  return syncPair(deps, ctx, { ...inputOf(step, source, task.readAt), finish: async () => {}, dry: true }).finally(
    release,
  )
}

const GONE = 'The record no longer exists.'
const NOT_MET = 'The conditions of the flow are not met.'

/** A decision was made for a record that the flow was for. */
const isFor = (deps: SyncDeps, ctx: RunContext, { cause, flow }: SyncTask, source: SyncRecord): boolean =>
  cause.kind !== 'backfill' || meetsConditions(flow, source, ctx, deps.now())

/** The run will not be taken up again, while that of trouble which heals, or which somebody mends, will. */
const isForGood = (error: unknown): boolean =>
  error instanceof Trouble && !error.heals && error.code !== 'credentials_refused' && !isRefusal(error, 'scope_missing')

const inputOf = (step: SyncStep, source: SyncRecord, readAt = Date.now()): Omit<PairInput, 'finish'> => ({
  step,
  source,
  readAt,
})

const outcomeOf = (
  { from, recordId }: SyncTask,
  outcome: SyncOutcome['outcome'],
  reason: string | null,
): SyncOutcome => ({
  outcome,
  reason,
  highLevelId: from === 'highlevel' ? recordId : null,
  partnerId: from === 'partner' ? recordId : null,
  wrote: { highlevel: [], partner: [] },
})

const closingOf = ({ outcome, reason, highLevelId, partnerId }: SyncOutcome): Closing => ({
  outcome: (
    {
      created: 'succeeded',
      updated: 'succeeded',
      unchanged: 'unchanged',
      skipped: 'skipped',
      conflict: 'skipped',
      failed: 'failed',
    } as const
  )[outcome],
  reason,
  highLevelId,
  partnerId,
})

type Prepared = { event: FlowEvent; ctx: RunContext; step: SyncStep; run: OpenedRun }

async function prepare(deps: SyncDeps, task: SyncTask): Promise<Prepared> {
  const step = task.flow.definition.enter.find((one): one is SyncStep => one.kind === 'sync')
  if (!step) throw new Trouble('rejected', { detail: 'This flow keeps nothing in step.' })
  const { locationId, open, others } = await openFlow(deps, task.tenantId, task.flow)
  const event = eventOf(task, locationId)
  const run = openedRun(deps, event, task.flow)
  const around = await deps.accountAround(event)
  const context = contextOf(event, { flow: task.flow, around, open, runId: run.row.id, log: run.log })
  const opposite = oppositeOf(task.flow, step, others)
  return { event, run, step, ctx: { ...context, opposite, ahead: task.ahead } }
}

const eventOf = ({ tenantId, cause, from, recordId, quiet }: SyncTask, locationId: string): FlowEvent => ({
  tenantId,
  locationId,
  cause:
    cause.kind === 'backfill'
      ? { causeId: cause.backfillId, replays: 0, recordId: `${cause.pass} ${recordId}` }
      : { causeId: cause.conflictId, replays: 0, recordId },
  trigger: cause.kind,
  from,
  recordId,
  contactId: from === 'highlevel' ? recordId : null,
  at: null,
  data: {},
  changes: undefined,
  quiet,
  read: async () => ({ reason: GONE, isGone: true }),
})

function read(deps: SyncDeps, ctx: RunContext, task: SyncTask): Promise<SyncRecord | undefined> {
  const step = task.flow.definition.enter.find(({ kind }) => kind === 'sync')
  const object = ctx.open.connector.objects.find(({ key }) => step?.kind === 'sync' && key === step.object)
  if (!object) return Promise.resolve(undefined)
  const side =
    task.from === 'highlevel'
      ? platformSide(deps, ctx, object.key)
      : partnerSide(createPartnerCalls(deps, ctx, createRunLog(deps.now)), object)
  return side.read(task.recordId, { withLabels: true })
}
