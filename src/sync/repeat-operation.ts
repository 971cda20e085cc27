import type { StartedFlow } from '../flows/flow-store.ts'
import { Trouble } from '../lib/trouble.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import type { Conflict } from './conflict-store.ts'
import { contextOf } from './context-of.ts'
import { doOnce } from './do-once.ts'
import type { FlowEvent } from './flow-event.ts'
import { type LostOutcome, openLostOutcome } from './open-lost-outcome.ts'
import { operationOf } from './operation-of.ts'
import type { RunContext } from './run-context.ts'
import { isRunOver } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'
import { type OpenedRun, underRun } from './under-run.ts'
import { findOperation } from './write-store.ts'

type Repetition = { tenantId: string; conflict: Conflict; flow: StartedFlow }
type Begun = { ctx: RunContext; lost: LostOutcome; end: OpenedRun['end'] }

/**
 * Does once more, as a run of its own, what an owner says was not done: with the input that it was to have, and nothing of what
 * would have followed in the flow. Where that answer is lost as well, its owner is asked again. Rejects when it should be tried
 * again later.
 */
export async function repeatOperation(deps: SyncDeps, repetition: Repetition): Promise<void> {
  const { flow } = repetition
  const { lost, locationId, isLeft } = await lookAt(deps, repetition)
  if (!isLeft || !locationId) return
  const event = eventOf(repetition, locationId)
  const around = await deps.accountAround(event)
  const result = await underRun<Begun>(deps, event, flow, {
    begin: async (db, { row, log, open, end }) => {
      if (!('waiting' in open)) return { ctx: contextOf(event, { flow, around, open, runId: row.id, log }), lost, end }
      const { status, trouble } = open.waiting
      await end(db, { outcome: 'retrying', reason: trouble ?? 'The connection is paused.' })
      return { state: 'waiting', reason: status }
    },
    work: (begun) => repeat(deps, begun),
  })
  if (result.state === 'later') throw result.error
  if (result.state === 'waiting') throw new Trouble('credentials_refused', { detail: `It waits: ${result.reason}.` })
}

/** While the run that it was lost in goes on, that may still do it by itself. */
const lookAt = (deps: SyncDeps, { tenantId, conflict }: Repetition) =>
  deps.database.asTenant(tenantId, async (db) => {
    const lost = await openLostOutcome(deps.vault, db, conflict)
    if (!(await isRunOver(db, lost.runId)))
      throw new Trouble('unavailable', { detail: 'The run that it belongs to is not over yet.' })
    const last = await findOperation(db, lost.runId, lost.step)
    return { lost, locationId: (await findInstallation(db))?.locationId, isLeft: last?.id === lost.writeId }
  })

async function repeat(deps: SyncDeps, { ctx, lost, end }: Begun): Promise<void> {
  const operation = operationOf(deps, ctx, lost)
  const step = { id: lost.step, operation: lost.operation }
  const { effect, note } = await doOnce(deps, ctx, step, { operation, input: lost.input })
  const outcome = effect === 'declined' ? 'skipped' : effect === 'unchanged' ? 'unchanged' : 'succeeded'
  await deps.database.asTenant(ctx.tenantId, (db) => end(db, { outcome, reason: note ?? null }))
}

function eventOf({ tenantId, conflict }: Repetition, locationId: string): FlowEvent {
  const { highLevelId, partnerId } = conflict
  return {
    tenantId,
    locationId,
    cause: { causeId: conflict.id, replays: 0 },
    trigger: 'decision',
    from: highLevelId === null ? 'partner' : 'highlevel',
    recordId: highLevelId ?? partnerId ?? '',
    contactId: null,
    at: null,
    data: {},
    changes: undefined,
    quiet: false,
    read: async () => ({ reason: 'Nothing was read.', isGone: true }),
  }
}
