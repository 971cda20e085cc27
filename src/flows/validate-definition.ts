import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { KnownFields } from './known-fields.ts'
import { MOST_WORK, newBudget } from './transforms/budget.ts'
import { checkConditions } from './validation/check-conditions.ts'
import { checkDeletion, checkOptions, checkShape } from './validation/check-shape.ts'
import { checkSteps, together } from './validation/check-steps.ts'
import { definitionSchema } from './validation/definition-schema.ts'
import { findUnruly } from './validation/find-unruly.ts'
import type { Finding } from './validation/finding.ts'
import { readableFields } from './validation/readable-fields.ts'

/** `hints`: what may be meant so, and the owner should know. */
export type Validated = { definition: FlowDefinition; hints: Finding[] } | { problems: Finding[] }

/**
 * Whether a definition can be carried out with what both sides know: first its shape and size, then, when that is right, what
 * it means. Every problem at once, each with the place it is at.
 */
export function validateDefinition(definition: unknown, known: KnownFields): Validated {
  const unruly = findUnruly(definition)
  if (unruly) return { problems: [{ path: '', sentence: unruly }] }
  const parsed = definitionSchema.safeParse(definition, { error: () => UNREADABLE })
  if (!parsed.success) return { problems: parsed.error.issues.map(findingOf) }
  const { problems, hints } = checkMeaning(parsed.data, known)
  return problems.length > 0 ? { problems } : { definition: parsed.data, hints }
}

function checkMeaning(definition: FlowDefinition, known: KnownFields): { problems: Finding[]; hints: Finding[] } {
  const shape = { problems: checkShape(definition), hints: [] }
  const trigger = known.triggers.find(({ key }) => key === definition.trigger)
  if (!trigger) return together([shape, { problems: [{ path: 'trigger', sentence: NO_TRIGGER }], hints: [] }])
  const around = { known, trigger, readable: readableFields(known, trigger), budget: newBudget(MOST_WORK / 2) }
  const rest = [
    ...checkOptions(definition.options, trigger.options),
    ...checkConditions(definition.conditions, around.readable),
    ...checkDeletion(definition, known, trigger),
  ]
  return together([
    shape,
    { problems: rest, hints: [] },
    checkSteps(definition.enter, 'enter', around),
    checkSteps(definition.leave, 'leave', around),
  ])
}

const NO_TRIGGER = 'Choose what starts this flow.'

/** For what our schema has no sentence of its own: no editor makes it. */
const UNREADABLE = 'This part of the flow cannot be read.'

const findingOf = ({ path, message }: { path: PropertyKey[]; message: string }): Finding => ({
  path: path.map(String).join('.'),
  sentence: message,
})
