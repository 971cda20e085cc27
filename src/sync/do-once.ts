import type { ActionResult } from '../connectors/connector.ts'
import type { OperationStep } from '../connectors/flow-definition.ts'
import { newId } from '../lib/ids.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { askForOutcome } from './ask-owner.ts'
import type { Operation } from './operation-of.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'
import {
  type ClosedWrite,
  closeWrites,
  findOperation,
  markUnknown,
  type NewWrite,
  openWrites,
  type Write,
} from './write-store.ts'

type Step = Pick<OperationStep, 'id' | 'operation'>
type Doing = { operation: Operation; input: object; note?: string | null }

/**
 * Does what a step of a run is about. The ledger is opened before: what this run has done is not repeated, and what it may have
 * done is looked up; where that cannot be, it is not done twice, but its owner is asked.
 */
export async function doOnce(deps: SyncDeps, ctx: RunContext, step: Step, doing: Doing): Promise<ActionResult> {
  const { input, note = null } = doing
  const before = await deps.database.asTenant(ctx.tenantId, (db) => findOperation(db, ctx.runId, step.id))
  if (before?.state === 'done') return resultBefore(before)
  const known = before && isUnknown(before) ? await lookUp(deps, ctx, step, doing, before) : undefined
  if (before && known) await closeOne(deps, ctx, before, { state: 'done', id: known.id, reason: null })
  return ctx.log.take({ action: step.operation, sent: input, note }, () =>
    known ? Promise.resolve(known) : underLedger(deps, ctx, step, doing),
  )
}

const isUnknown = ({ state }: Write): boolean => state === 'open' || state === 'unknown'

const resultBefore = ({ side, highLevelId, partnerId }: Write): ActionResult => ({
  id: side === 'highlevel' ? highLevelId : partnerId,
  effect: 'unchanged',
})

/** Undefined where it may be done again, or has to be. */
async function lookUp(
  deps: SyncDeps,
  ctx: RunContext,
  step: Step,
  { operation, input }: Doing,
  { id: writeId }: Write,
): Promise<ActionResult | undefined> {
  if (operation.lookup) return operation.lookup(input)
  if (operation.repeat === 'repeatable') return undefined
  await deps.database.asTenant(ctx.tenantId, (db) => askForOutcome(deps, db, ctx, step, { writeId, input }))
  throw new Trouble('rejected', { detail: MAY_BE_DONE })
}

const MAY_BE_DONE =
  'It may have been done, or not: the answer was lost. It is not done a second time by itself; look over there and decide.'

async function underLedger(
  deps: SyncDeps,
  ctx: RunContext,
  step: Step,
  { operation, input }: Doing,
): Promise<ActionResult> {
  const openedAt = new Date(deps.now())
  const write: NewWrite = {
    ...{ id: newId(), runId: ctx.runId, connectionId: ctx.open.connection.id, object: 'operation' },
    ...{ highLevelId: null, partnerId: null, side: operation.side, kind: 'operation', step: step.id },
    ...{ changes: null, openedAt },
  }
  await deps.database.asTenant(ctx.tenantId, async (db) => {
    await markUnknown(db, [ctx.runId], openedAt)
    await openWrites(db, [write])
  })
  try {
    const result = await operation.run(input)
    const state = result.effect === 'declined' ? 'declined' : 'done'
    await closeOne(deps, ctx, write, { state, id: result.id, reason: result.note ?? null })
    return result
  } catch (error) {
    const state = isTrouble(error) && !error.outcomeUnknown ? 'failed' : 'unknown'
    await closeOne(deps, ctx, write, { state, id: null, reason: isTrouble(error) ? error.message : null })
    throw error
  }
}

/** `id`: that of the record which was acted on, on the operation's side. */
const closeOne = (
  deps: SyncDeps,
  { tenantId }: RunContext,
  { id: writeId, side }: Pick<Write, 'id' | 'side'>,
  { id, state, reason }: { id: string | null } & Pick<ClosedWrite, 'state' | 'reason'>,
): Promise<void> => {
  const ids = { highLevelId: side === 'highlevel' ? id : null, partnerId: side === 'partner' ? id : null }
  return deps.database.asTenant(tenantId, (db) =>
    closeWrites(db, [{ id: writeId, ...ids, state, reason }], new Date(deps.now())),
  )
}
