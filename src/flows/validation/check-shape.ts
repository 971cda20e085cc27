import type { FlowDefinition, FlowStep } from '../../connectors/flow-definition.ts'
import type { Field, FieldValues } from '../../lib/field.ts'
import type { KnownFields, KnownTrigger } from '../known-fields.ts'
import { coerceValue } from '../mapping/coerce-value.ts'
import { isBlank } from '../mapping/is-blank.ts'
import type { Finding } from './finding.ts'

const MOST_STEPS = 25
const DEEPEST = 5

/** What concerns the steps of a flow as a whole: how many, how deep, and each with a name of its own. */
export function checkShape({ enter, leave }: FlowDefinition): Finding[] {
  const all = [...placed(enter, 'enter', 1), ...placed(leave, 'leave', 1)]
  if (all.length === 0) return [{ path: 'enter', sentence: 'Choose what this flow does.' }]
  if (all.length > MOST_STEPS) return [{ path: 'enter', sentence: `A flow has at most ${MOST_STEPS} steps.` }]
  const ids = all.map(({ id }) => id)
  return all.flatMap(({ id, path, depth }, index) => [
    ...(depth > DEEPEST ? [{ path, sentence: `Steps branch at most ${DEEPEST} deep.` }] : []),
    ...(ids.indexOf(id) < index ? [{ path: `${path}.id`, sentence: `Two steps are called “${id}”.` }] : []),
  ])
}

const placed = (
  steps: readonly FlowStep[],
  path: string,
  depth: number,
): { id: string; path: string; depth: number }[] =>
  steps.flatMap(({ id, branches }, index) => [
    { id, path: `${path}.${index}`, depth },
    ...branches.flatMap((branch, at) => placed(branch.steps, `${path}.${index}.branches.${at}.steps`, depth + 1)),
  ])

/** What the trigger has to be told. */
export function checkOptions(options: FieldValues, fields: readonly Field[]): Finding[] {
  const unknown = Object.keys(options).filter((key) => !fields.some((field) => field.key === key))
  return [
    ...unknown.map((key) => ({ path: `options.${key}`, sentence: `The trigger has no setting “${key}”.` })),
    ...fields.flatMap((field) => optionFault(field, options) ?? []),
  ]
}

function optionFault(field: Field, options: FieldValues): Finding | undefined {
  const path = `options.${field.key}`
  const value = options[field.key] ?? null
  if (isBlank(value)) return field.required ? { path, sentence: `“${field.label}” has to be chosen.` } : undefined
  const outcome = coerceValue(value, field, { zone: 'utc', country: '' })
  return 'problem' in outcome ? { path, sentence: outcome.problem } : undefined
}

/** A deletion does on the other side only what can be done there. */
export function checkDeletion({ onDelete }: FlowDefinition, known: KnownFields, trigger: KnownTrigger): Finding[] {
  const object = known.objects.find(({ key }) => key === trigger.object)
  const target = object?.[trigger.side === 'highlevel' ? 'partner' : 'highlevel']
  const cannot = (verb: string): Finding[] => [
    { path: 'onDelete', sentence: `“${object?.name ?? trigger.object}” cannot be ${verb} on the other side.` },
  ]
  if (onDelete.kind === 'delete' && !target?.canDelete) return cannot('deleted')
  if (onDelete.kind === 'tag' && !target?.canTag) return cannot('tagged')
  return onDelete.kind === 'archive' && !target?.canArchive ? cannot('archived') : []
}
