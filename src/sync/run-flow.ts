import { openConnection } from '../connections/open-connection.ts'
import type { TenantDb } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Around } from '../flows/around.ts'
import { Trouble } from '../lib/trouble.ts'
import { oppositeOf } from './directions.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import { FINISHED, type FlowResult } from './flow-result.ts'
import { type HeldPair, holdPair } from './hold-pair.ts'
import { isInStep } from './is-in-step.ts'
import { judgeFailure } from './judge-failure.ts'
import { releaseLinksOf } from './link-store.ts'
import { membershipOf, type Passage } from './membership.ts'
import type { RunContext } from './run-context.ts'
import { runIdOf } from './run-id.ts'
import { createRunLog, type RunLog } from './run-log.ts'
import { closeRun, type NewRun, openRun, type RunOutcome, recordSteps } from './run-store.ts'
import { runSteps } from './run-steps.ts'
import type { SyncDeps } from './sync-deps.ts'

export type FlowRun = { flow: StartedFlow; others: readonly StartedFlow[]; reading: Reading; around: Around }

/** One event through one flow. What the event was about is read by now; nothing else has been asked of anybody. */
export async function runFlow(deps: SyncDeps, event: FlowEvent, run: FlowRun): Promise<FlowResult> {
  const row = newRun(event, run.flow)
  const log = createRunLog(deps.now)
  let begun: Begun | undefined
  try {
    begun = await deps.database.asTenant(event.tenantId, (db) => begin(deps, db, event, { ...run, row, log }))
    if ('state' in begun) return begun
    await runSteps(deps, event, begun)
    return FINISHED
  } catch (error) {
    const open = begun && 'ctx' in begun ? begun.ctx.open : undefined
    const { closing, result } = await judgeFailure(deps, event.tenantId, open, error)
    await deps.database.asTenant(event.tenantId, async (db) => {
      // What failed before anything was stored of the run is stored with it now.
      if (!begun) await openRun(db, row, now(deps))
      await releaseLinksOf(db, row.id)
      await endRun(db, deps, { row, log }, closing)
    })
    return result
  }
}

export type Closing = { outcome: RunOutcome; reason: string | null; partnerId?: string | null; highLevelId?: string | null }

/** A run that is under way, with all that its steps need. */
export type Started = {
  ctx: RunContext
  row: NewRun
  reading: Exclude<Reading, { reason: string }>
  passage: Passage
  /** The pair of the first step, where that keeps records in step: held already. */
  held: HeldPair | 'busy' | null | undefined
  /** Ends the run, in the transaction that stores what its last step came to. */
  end(db: TenantDb, closing: Closing): Promise<void>
}

type Begun = FlowResult | Started
type Beginning = FlowRun & { row: NewRun; log: RunLog }

const now = (deps: SyncDeps): Date => new Date(deps.now())

const newRun = ({ cause, trigger, from, recordId }: FlowEvent, flow: StartedFlow): NewRun => ({
  id: runIdOf(cause, flow),
  deliveryId: cause.causeId,
  flowId: flow.id,
  connectionId: flow.connectionId,
  mappingVersion: flow.mappingVersion,
  trigger,
  highLevelId: from === 'highlevel' ? recordId : null,
  partnerId: from === 'partner' ? recordId : null,
})

async function endRun(
  db: TenantDb,
  deps: SyncDeps,
  { row, log }: Pick<Beginning, 'row' | 'log'>,
  { partnerId = row.partnerId, highLevelId = row.highLevelId, ...closing }: Closing,
): Promise<void> {
  await recordSteps(db, row.id, log.drain())
  await closeRun(db, row.id, { ...closing, partnerId, highLevelId, at: now(deps) })
}

/** Opens the run and looks what there is to do; where that is nothing, it is closed in the same transaction. */
async function begin(deps: SyncDeps, db: TenantDb, event: FlowEvent, beginning: Beginning): Promise<Begun> {
  const { flow, row, reading, log } = beginning
  const end = (also: TenantDb, closing: Closing): Promise<void> => endRun(also, deps, { row, log }, closing)
  const finish = async (closing: Closing): Promise<FlowResult> => {
    await end(db, closing)
    return FINISHED
  }
  if (!(await openRun(db, row, now(deps)))) return FINISHED
  if ('reason' in reading) return finish({ outcome: 'skipped', reason: reading.reason })
  const open = await openConnection(deps, db, flow.connectionId)
  if ('waiting' in open) {
    const { status, trouble } = open.waiting
    await end(db, { outcome: 'retrying', reason: trouble ?? 'The connection is paused.' })
    return { state: 'waiting', reason: status }
  }
  const ctx = contextOf(event, beginning, { open, runId: row.id })
  const passage = await membershipOf(db, event, flow, reading.record, ctx, deps.now())
  if (passage.steps.length === 0) return finish({ outcome: 'unchanged', reason: passage.reason })
  const [first] = passage.steps
  if (first?.kind !== 'sync') return { ctx, row, reading, passage, held: undefined, end }
  const opposite = oppositeOf(flow, first, beginning.others)
  const paired = { ...ctx, opposite }
  const held = await holdPair(deps.vault, db, paired, first.object)
  if (held && held !== 'busy' && passage.steps.length === 1 && isInStep(paired, first, held, reading.record)) {
    await releaseLinksOf(db, row.id)
    return finish({ outcome: 'unchanged', reason: null, ...idsOf(held) })
  }
  if (deps.rests.isResting(open.connection.id)) {
    const error = new Trouble('rate_limited', { detail: `${open.connector.name} asked to slow down.` })
    await releaseLinksOf(db, row.id)
    await end(db, { outcome: 'retrying', reason: error.message })
    return { state: 'later', error }
  }
  return { ctx: paired, row, reading, passage, held: held ?? null, end }
}

const idsOf = ({ link: { highLevelId, partnerId } }: HeldPair) => ({ highLevelId, partnerId })

const contextOf = (
  event: FlowEvent,
  { flow, around, log }: Beginning,
  { open, runId }: Pick<RunContext, 'open' | 'runId'>,
): RunContext => ({
  tenantId: event.tenantId,
  locationId: event.locationId,
  runId,
  flow,
  opposite: undefined,
  open,
  from: event.from,
  recordId: event.recordId,
  at: event.at,
  quiet: event.quiet,
  around,
  extras: Object.fromEntries(Object.entries(event.data).map(([key, value]) => [`event.${key}`, value])),
  log,
})
