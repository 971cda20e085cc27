import type { ActionResult } from '../connectors/connector.ts'
import type { OperationStep } from '../connectors/flow-definition.ts'
import { mapFields } from '../flows/mapping/map-fields.ts'
import type { Field, FieldValues } from '../lib/field.ts'
import { contactFactsOf } from './contact-facts.ts'
import { doOnce } from './do-once.ts'
import type { FlowEvent } from './flow-event.ts'
import { factsOf } from './membership.ts'
import { type Operation, operationOf } from './operation-of.ts'
import type { Problem } from './plan/record-plan.ts'
import type { Started } from './run-flow.ts'
import type { StepResult } from './run-steps.ts'
import type { SyncDeps } from './sync-deps.ts'
import { tellOwner } from './tell-owner.ts'

/** Runs one operation with the input that its rows make, once (see doOnce). */
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
  const result = await doOnce(deps, ctx, step, { operation, input, note })
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

function resultOf({ id, effect, note }: ActionResult, left: string | null): StepResult {
  const on = effect === 'declined' || effect === 'unchanged' ? effect : 'succeeded'
  return { on, reason: [note, left].filter(Boolean).join(' ') || null, values: { id }, closing: {} }
}
