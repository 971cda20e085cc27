import { z } from 'zod'
import type {
  Branch,
  Condition,
  ConditionGroup,
  FlowDefinition,
  FlowStep,
  MappingRow,
} from '../connectors/flow-definition.ts'
import { fieldValueShape } from './field-value-shape.ts'
import { transformShape } from './transform-shape.ts'

/** Sizes beyond which nobody keeps an overview. */
const MOST = { rows: 200, steps: 25, conditions: 50, depth: 5 }

const name = z.string().min(1).max(200)
const text = z.string().max(10_000)

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('field'), field: name }),
  z.strictObject({ kind: z.literal('fields'), fields: z.array(name).min(1).max(20), separator: z.string().max(50) }),
  z.strictObject({ kind: z.literal('constant'), value: fieldValueShape }),
  z.strictObject({ kind: z.literal('template'), template: text }),
])

const row: z.ZodType<MappingRow> = z.strictObject({
  target: name,
  source,
  transforms: z.array(transformShape).max(20),
  whenBlank: z.enum(['keep', 'erase']),
  policy: z.enum(['last_writer', 'highlevel', 'partner', 'merge', 'ask']),
})

const operators = [
  ...['is', 'is_not', 'contains', 'does_not_contain', 'starts_with', 'ends_with', 'is_one_of', 'is_none_of'],
  ...['is_empty', 'is_filled', 'is_more_than', 'is_less_than', 'is_before', 'is_after', 'is_within_days'],
  ...['has_any_of', 'has_all_of', 'has_none_of', 'was_added', 'was_removed', 'has_changed'],
] as Condition['operator'][]

const condition: z.ZodType<Condition> = z.strictObject({
  field: name,
  operator: z.enum(operators),
  value: fieldValueShape,
})

const group = (depth: number): z.ZodType<ConditionGroup> =>
  z.strictObject({
    match: z.enum(['and', 'or']),
    conditions: z.array(depth > 1 ? z.union([condition, group(depth - 1)]) : condition).max(MOST.conditions),
  })

const labels = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('prefixed'), prefixes: z.array(name).max(50) }),
])

const branch = (depth: number): z.ZodType<Branch> =>
  z.strictObject({
    on: z.enum(['succeeded', 'unchanged', 'declined', 'failed']),
    steps: z.array(step(depth - 1)).max(MOST.steps),
  })

function step(depth: number): z.ZodType<FlowStep> {
  const common = {
    id: z.string().regex(/^\w{1,64}$/),
    branches: z.array(depth > 1 ? branch(depth) : z.never()).max(4),
    rows: z.array(row).max(MOST.rows),
  }
  return z.discriminatedUnion('kind', [
    z.strictObject({
      ...common,
      kind: z.literal('sync'),
      object: name,
      consent: z.boolean(),
      labels,
      creates: z.boolean(),
    }),
    z.strictObject({ ...common, kind: z.literal('operation'), operation: name }),
  ])
}

const steps = z.array(step(MOST.depth)).max(MOST.steps)

/** What can be kept of a flow, finished or not: its form and its size. Whether it can be carried out is asked elsewhere. */
export const definitionShape: z.ZodType<FlowDefinition> = z.strictObject({
  trigger: name,
  options: z.record(z.string().max(100), fieldValueShape),
  conditions: z.union([group(MOST.depth), z.null()]),
  enter: steps,
  leave: steps,
  onDelete: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('nothing') }),
    z.strictObject({ kind: z.literal('tag'), tag: name }),
    z.strictObject({ kind: z.literal('archive') }),
    z.strictObject({ kind: z.literal('delete') }),
  ]),
})
