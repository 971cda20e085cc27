import { z } from 'zod'
import type { Branch, ConditionGroup, FlowDefinition, FlowStep, MappingRow } from '../../connectors/flow-definition.ts'
import type { Transform } from '../../connectors/transform.ts'
import { OPERATOR_TYPES } from '../conditions/operator-types.ts'
import { isForbiddenKey } from '../mapping/is-forbidden-key.ts'
import { LONGEST_SEARCH } from '../transforms/limits.ts'
import { transformSchema } from './transform-schema.ts'
import { fieldValue, LONGEST, nameText, storedText } from './value-schemas.ts'

const source: z.ZodType<MappingRow['source']> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('field'), field: nameText }),
  z.strictObject({
    kind: z.literal('fields'),
    fields: z.array(nameText).min(1, 'Choose at least one field.').max(50, 'At most 50 fields go into one.'),
    separator: storedText(LONGEST_SEARCH),
  }),
  z.strictObject({ kind: z.literal('constant'), value: fieldValue }),
  z.strictObject({ kind: z.literal('template'), template: storedText(LONGEST) }),
])

const transforms: z.ZodType<Transform[]> = z.array(transformSchema).max(20, 'A rule has at most 20 steps.')

const row: z.ZodType<MappingRow> = z.strictObject({
  target: nameText.refine((name) => !isForbiddenKey(name), 'A field cannot have this name.'),
  source,
  transforms,
  whenBlank: z.enum(['keep', 'erase']),
  policy: z.enum(['last_writer', 'highlevel', 'partner', 'merge', 'ask']),
})

const operators = Object.keys(OPERATOR_TYPES)

const condition = z.strictObject({
  field: nameText,
  operator: z.custom<keyof typeof OPERATOR_TYPES>(
    (value) => typeof value === 'string' && operators.includes(value),
    'Choose what is asked of the field.',
  ),
  value: fieldValue,
})

const group: z.ZodType<ConditionGroup> = z.strictObject({
  match: z.enum(['and', 'or']),
  conditions: z.array(z.lazy(() => z.union([condition, group]))).max(50, 'A group has at most 50 conditions.'),
})

const stepId = z.string().regex(/^[\w-]{1,60}$/, 'The name of a step has letters, digits, - and _ only.')
const rows = z.array(row).max(200, 'A step sets at most 200 fields.')

const branch: z.ZodType<Branch> = z.strictObject({
  on: z.enum(['succeeded', 'unchanged', 'declined', 'failed']),
  steps: z.lazy(() => steps),
})

const branches = z.array(branch).max(4, 'A step has one branch for each result.')

const labels = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({
    kind: z.literal('prefixed'),
    prefixes: z.array(nameText).min(1, 'Say how the tags begin.').max(50, 'At most 50 beginnings of tags.'),
  }),
])

const step: z.ZodType<FlowStep> = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('sync'), id: stepId, object: nameText, rows, branches },
    ...{ consent: z.boolean(), labels, creates: z.boolean() },
  }),
  z.strictObject({ kind: z.literal('operation'), id: stepId, operation: nameText, rows, branches }),
])

const steps: z.ZodType<FlowStep[]> = z.array(step).max(25, 'A flow has at most 25 steps.')

/** The shape of a definition, bounded. What it means is looked at after it. */
export const definitionSchema: z.ZodType<FlowDefinition> = z.strictObject({
  trigger: nameText,
  options: z.record(nameText, fieldValue),
  conditions: group.nullable(),
  enter: steps,
  leave: steps,
  onDelete: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('nothing') }),
    z.strictObject({ kind: z.literal('tag'), tag: storedText(100).trim().min(1, 'Say which tag is set.') }),
    z.strictObject({ kind: z.literal('archive') }),
    z.strictObject({ kind: z.literal('delete') }),
  ]),
})
