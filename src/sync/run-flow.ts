import type { SyncStep } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import type { Around } from '../flows/around.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import { Trouble } from '../lib/trouble.ts'
import type { Lease } from '../tenants/lease-store.ts'
import { contextOf } from './context-of.ts'
import { oppositeOf } from './directions.ts'
import { fieldsOf } from './fields-of.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import { FINISHED, type FlowResult } from './flow-result.ts'
import { type HeldPair, holdPair } from './hold-pair.ts'
import { isInStep } from './is-in-step.ts'
import { releaseLinksOf } from './link-store.ts'
import { membershipOf, type Passage } from './membership.ts'
import { tryTurnOf } from './one-at-a-time.ts'
import { ownerFieldsOf } from './owner-fields.ts'
import type { RunContext } from './run-context.ts'
import { runSteps } from './run-steps.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { lacksLabels } from './sync-pair.ts'
import { type BegunRun, type Closing, type OpenedRun, underRun } from './under-run.ts'

export type FlowRun = { flow: StartedFlow; others: readonly StartedFlow[]; reading: Reading; around: Around }

/** A run that is under way, with all that its steps need. */
export type Started = {
  ctx: RunContext
  reading: Exclude<Reading, { reason: string }>
  passage: Passage
  /** The pair of the first step, where that keeps records in step: held already. */
  held: HeldPair | 'busy' | null | undefined
  /** The turn of a record without a counterpart, where it was free. */
  turn: Lease[] | undefined
  end: OpenedRun['end']
}

/** One event through one flow. What the event was about is read by now; nothing else has been asked of anybody. */
export const runFlow = (deps: SyncDeps, event: FlowEvent, run: FlowRun): Promise<FlowResult> =>
  underRun<Started>(deps, event, run.flow, {
    begin: (db, opened) => begin(deps, db, event, { ...run, ...opened }),
    work: (started) => runSteps(deps, event, started),
  })

/** Looks what there is to do; where that is nothing, the run is closed in the same transaction. */
async function begin(
  deps: SyncDeps,
  db: TenantDb,
  event: FlowEvent,
  beginning: FlowRun & BegunRun,
): Promise<FlowResult | Started> {
  const { flow, row, reading, open, end } = beginning
  if ('reason' in reading) return finish(db, end, { outcome: 'skipped', reason: reading.reason })
  if ('waiting' in open) {
    const { status, trouble } = open.waiting
    await end(db, { outcome: 'retrying', reason: trouble ?? 'The connection is paused.' })
    return { state: 'waiting', reason: status }
  }
  const ctx = contextOf(event, { ...beginning, open, runId: row.id })
  const passage = await membershipOf(db, event, flow, reading.record, ctx, deps.now())
  const [first] = passage.steps
  if (!first) return finish(db, end, { outcome: 'unchanged', reason: passage.reason })
  const started: Started = { ctx, reading, passage, held: undefined, turn: undefined, end }
  if (first.kind !== 'sync') return started
  const opposite = oppositeOf(flow, first, beginning.others)
  return beginPair(deps, db, { ...started, ctx: { ...ctx, opposite } }, first)
}

async function finish(db: TenantDb, end: OpenedRun['end'], closing: Closing): Promise<FlowResult> {
  await end(db, closing)
  return FINISHED
}

/** Holds the pair, or takes the turn of a record that has no counterpart yet; where both are in step, that was all. */
async function beginPair(
  deps: SyncDeps,
  db: TenantDb,
  started: Started,
  step: SyncStep,
): Promise<FlowResult | Started> {
  const { ctx, passage, end } = started
  const { record } = started.reading
  const held = await holdPair(deps.vault, db, ctx, step.object)
  if (held && held !== 'busy' && passage.steps.length === 1 && isInStep(ctx, step, held, record)) {
    await releaseLinksOf(db, ctx.runId)
    const { highLevelId, partnerId } = held.link
    return finish(db, end, { outcome: 'unchanged', reason: null, highLevelId, partnerId })
  }
  if (deps.rests.isResting(ctx.open.connection.id)) {
    const error = new Trouble('rate_limited', { detail: `${ctx.open.connector.name} asked to slow down.` })
    await releaseLinksOf(db, ctx.runId)
    await end(db, { outcome: 'retrying', reason: error.message })
    return { state: 'later', error }
  }
  const turn = held ? undefined : await tryTurn(db, ctx, step, record)
  return { ...started, held: held ?? null, turn }
}

function tryTurn(db: TenantDb, ctx: RunContext, step: SyncStep, source: SyncRecord): Promise<Lease[] | undefined> {
  const object = ctx.open.connector.objects.find(({ key }) => key === step.object)
  if (!object || ownerFieldsOf(object) || lacksLabels(ctx, step, source)) return Promise.resolve(undefined)
  return tryTurnOf(db, ctx, { object: object.key, source, fields: fieldsOf(object)[ctx.from] })
}
