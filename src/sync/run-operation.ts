import type { AnyPlatformAction } from '../catalog/platform-action.ts'
import { PLATFORM_ACTIONS } from '../catalog/platform-actions.ts'
import type { Action, ActionResult } from '../connectors/connector.ts'
import type { OperationStep } from '../connectors/flow-definition.ts'
import { mapFields } from '../flows/mapping/map-fields.ts'
import type { Field, FieldValues } from '../lib/field.ts'
import { newId } from '../lib/ids.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { askForOutcome } from './ask-owner.ts'
import { contactFactsOf } from './contact-facts.ts'
import type { FlowEvent } from './flow-event.ts'
import { factsOf } from './membership.ts'
import type { Problem, SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { Started } from './run-flow.ts'
import type { StepResult } from './run-steps.ts'
import { platformSide } from './sides/platform-side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { tellOwner } from './tell-owner.ts'
import {
  type ClosedWrite,
  closeWrites,
  findOperation,
  markUnknown,
  type NewWrite,
  openWrites,
  type Write,
} from './write-store.ts'

/** One operation of the catalog, whichever side it belongs to. */
type Operation = {
  side: SideName
  repeat: 'repeatable' | 'once'
  /** Those that every account has. */
  fields: readonly Field[]
  /** Those that this account alone has; asked for where a row sets one. */
  listOwnFields?(): Promise<Field[]>
  parse(input: FieldValues): object
  run(input: object): Promise<ActionResult>
  /** What an earlier run of it came to, where that can be looked up; undefined when it did not happen. */
  lookup?(input: object): Promise<ActionResult | undefined>
}

/**
 * Runs one operation with the input that its rows make. The ledger is opened before: what has succeeded is not repeated when a
 * later step is tried again, and what may have succeeded is looked up; where that cannot be, it is not done twice.
 */
export async function runOperation(
  deps: SyncDeps,
  event: FlowEvent,
  { ctx, reading }: Started,
  step: OperationStep,
  results: FieldValues,
): Promise<StepResult> {
  const operation = operationOf(deps, ctx, step)
  const contact = await contactFactsOf(deps, ctx, { event, record: reading.record }, step)
  if ('reason' in contact) return declined(contact.reason)
  const facts = { ...factsOf(reading.record, ctx.extras), ...contact.facts, ...results }
  const mapped = mapFields(step.rows, facts, ctx.around, await fieldsSetBy(step, operation))
  const note = tellOwner(null, { problems: mapped.problems.map(leftOut), disputes: [] })
  const input = operation.parse(mapped.values)
  const before = await deps.database.asTenant(ctx.tenantId, (db) => findOperation(db, ctx.runId, step.id))
  if (before?.state === 'done') return resultOf(resultBefore(before), note)
  const known = before && isUnknown(before) ? await lookUp(deps, ctx, step, operation, input) : undefined
  if (before && known) await closeOne(deps, ctx, before, { state: 'done', id: known.id, reason: null })
  const result = await ctx.log.take({ action: step.operation, sent: input, note }, () =>
    known ? Promise.resolve(known) : underLedger(deps, ctx, step, operation, input),
  )
  return resultOf(result, note)
}

/** Without the value, which may be anybody's. */
const leftOut = ({ target }: { target: string }): Problem => ({ kind: 'wrong', target, source: target })

async function fieldsSetBy({ rows }: OperationStep, { fields, listOwnFields }: Operation): Promise<readonly Field[]> {
  const known = new Set(fields.map(({ key }) => key))
  const isOwn = rows.some(({ target }) => !known.has(target))
  if (!isOwn || !listOwnFields) return fields
  return [...fields, ...(await listOwnFields()).filter(({ key }) => !known.has(key))]
}

const declined = (reason: string): StepResult => ({ on: 'declined', reason, values: {}, closing: {} })

const isUnknown = ({ state }: Write): boolean => state === 'open' || state === 'unknown'

function operationOf(deps: SyncDeps, ctx: RunContext, { operation: name }: OperationStep): Operation {
  const [system, key] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
  if (system === 'highlevel') {
    const action = PLATFORM_ACTIONS.find((one) => one.key === key)
    if (action) return platformOperation(deps, ctx, action)
  }
  const { connector } = ctx.open
  const action = system === connector.key ? connector.actions.find((one) => one.key === key) : undefined
  if (action) return partnerOperation(action, ctx.open)
  throw new Trouble('rejected', { detail: `Nothing is known of the operation “${name}” any more: choose another one.` })
}

function platformOperation(deps: SyncDeps, ctx: RunContext, action: AnyPlatformAction): Operation {
  const context = { api: deps.tenantApi(ctx.tenantId), locationId: ctx.locationId, now: deps.now }
  const { lookup } = action
  return {
    ...about(action, action.fields),
    side: 'highlevel',
    ...(action.takesOwnFields && { listOwnFields: platformSide(deps, ctx, action.object).listFields }),
    run: (input) => action.run(context, input),
    ...(lookup && { lookup: (input) => lookup(context, input) }),
  }
}

function partnerOperation(action: Action<object, object>, { connector, context }: RunContext['open']): Operation {
  const { lookup } = action
  const object = connector.objects.find(({ key }) => key === action.object)
  return {
    ...about(action, action.fields ?? object?.fields ?? []),
    side: 'partner',
    run: (input) => action.run(context, input),
    ...(lookup && { lookup: (input) => lookup(context, input) }),
  }
}

const about = (action: Pick<Action<object, object>, 'repeat' | 'input'>, fields: readonly Field[]) => ({
  repeat: action.repeat,
  fields,
  parse: (input: FieldValues): object => {
    const parsed = action.input.safeParse(input)
    if (parsed.success) return parsed.data
    throw new Trouble('rejected', { detail: parsed.error.issues.map(({ message }) => message).join(' ') })
  },
})

const resultBefore = ({ side, highLevelId, partnerId }: Write): ActionResult => ({
  id: side === 'highlevel' ? highLevelId : partnerId,
  effect: 'unchanged',
})

function resultOf({ id, effect, note }: ActionResult, left: string | null): StepResult {
  const on = effect === 'declined' || effect === 'unchanged' ? effect : 'succeeded'
  return { on, reason: [note, left].filter(Boolean).join(' ') || null, values: { id }, closing: {} }
}

/** Undefined where it may be done again, or has to be. */
async function lookUp(
  deps: SyncDeps,
  ctx: RunContext,
  step: OperationStep,
  operation: Operation,
  input: object,
): Promise<ActionResult | undefined> {
  if (operation.lookup) return operation.lookup(input)
  if (operation.repeat === 'repeatable') return undefined
  await deps.database.asTenant(ctx.tenantId, (db) => askForOutcome(deps, db, ctx, step))
  throw new Trouble('rejected', { detail: MAY_BE_DONE })
}

const MAY_BE_DONE =
  'It may have been done, or not: the answer was lost. It is not done a second time by itself; look over there and decide.'

async function underLedger(
  deps: SyncDeps,
  ctx: RunContext,
  step: OperationStep,
  operation: Operation,
  input: object,
): Promise<ActionResult> {
  const openedAt = new Date(deps.now())
  const write: NewWrite = {
    ...{ id: newId(), runId: ctx.runId, connectionId: ctx.open.connection.id, object: 'operation' },
    ...{ highLevelId: null, partnerId: null, side: operation.side, kind: 'operation', step: step.id },
    ...{ changes: null, openedAt },
  }
  await deps.database.asTenant(ctx.tenantId, async (db) => {
    await markUnknown(db, ctx.runId, openedAt)
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
