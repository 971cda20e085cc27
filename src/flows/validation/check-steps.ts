import type { FlowStep, MappingRow } from '../../connectors/flow-definition.ts'
import type { Field } from '../../lib/field.ts'
import type { KnownFields, KnownTrigger } from '../known-fields.ts'
import type { Budget } from '../transforms/budget.ts'
import { checkRow, type RowFindings } from './check-row.ts'
import type { Finding } from './finding.ts'
import { type Readable, withResults } from './readable-fields.ts'

/** `budget`: for all of a definition together. */
type Around = { known: KnownFields; trigger: KnownTrigger; readable: Readable; budget: Budget }

/** Steps in their order: each reads the results of those before it, and of those that it branches off. */
export function checkSteps(
  steps: readonly FlowStep[],
  path: string,
  around: Around,
  earlier: readonly string[] = [],
): RowFindings {
  return together(
    steps.map((step, index) => {
      const before = [...earlier, ...steps.slice(0, index).map(({ id }) => id)]
      return checkStep(step, `${path}.${index}`, around, before)
    }),
  )
}

function checkStep(step: FlowStep, path: string, around: Around, earlier: string[]): RowFindings {
  const { problem, fields, mustBeSet } = step.kind === 'sync' ? ofSync(step, around) : ofOperation(step, around)
  if (problem)
    return {
      problems: [{ path: `${path}.${step.kind === 'sync' ? 'object' : 'operation'}`, sentence: problem }],
      hints: [],
    }
  const readable = withResults(around.readable, earlier)
  const byKey = new Map(fields.map((field) => [field.key, field]))
  const within = { readable, budget: around.budget }
  const rows = step.rows.map((row, index) => checkRow(row, `${path}.rows.${index}`, byKey.get(row.target), within))
  const branches = step.branches.map(({ steps }, index) =>
    checkSteps(steps, `${path}.branches.${index}.steps`, around, [...earlier, step.id]),
  )
  const missing = mustBeSet ? missingFields(fields, step.rows, path) : []
  const twice = [...targetsTwice(step.rows, path), ...resultsTwice(step, path)]
  return together([{ problems: [...missing, ...twice], hints: [] }, ...rows, ...branches])
}

type Target = { problem?: string; fields: readonly Field[]; mustBeSet: boolean }

function ofSync(step: Extract<FlowStep, { kind: 'sync' }>, { known, trigger }: Around): Target {
  const object = known.objects.find(({ key }) => key === step.object)
  const target = object?.[trigger.side === 'highlevel' ? 'partner' : 'highlevel']
  const refused = (problem: string): Target => ({ problem, fields: [], mustBeSet: false })
  if (!object?.[trigger.side] || !target) return refused(`There is no “${object?.name ?? step.object}” on both sides.`)
  if (!target.canSync) return refused(`“${object.name}” cannot be written on the other side.`)
  if (trigger.object !== step.object) return refused(`“${trigger.name}” does not tell of “${object.name}”.`)
  return { fields: target.fields, mustBeSet: step.creates }
}

function ofOperation(step: Extract<FlowStep, { kind: 'operation' }>, { known }: Around): Target {
  const operation = known.operations.find(({ key }) => key === step.operation)
  if (operation) return { fields: operation.fields, mustBeSet: true }
  return { problem: `There is no action “${step.operation}”.`, fields: [], mustBeSet: false }
}

function missingFields(fields: readonly Field[], rows: readonly MappingRow[], path: string): Finding[] {
  const set = new Set(rows.map(({ target }) => target))
  return fields
    .filter(({ key, required }) => required && !set.has(key))
    .map(({ label }) => ({ path: `${path}.rows`, sentence: `“${label}” has to be set.` }))
}

const targetsTwice = (rows: readonly MappingRow[], path: string): Finding[] =>
  rows.flatMap(({ target }, index) =>
    rows.findIndex((row) => row.target === target) < index
      ? [{ path: `${path}.rows.${index}.target`, sentence: `“${target}” is set by another rule already.` }]
      : [],
  )

const resultsTwice = ({ branches }: FlowStep, path: string): Finding[] =>
  branches.flatMap(({ on }, index) =>
    branches.findIndex((branch) => branch.on === on) < index
      ? [{ path: `${path}.branches.${index}.on`, sentence: 'There is a branch for this result already.' }]
      : [],
  )

export const together = (all: RowFindings[]): RowFindings => ({
  problems: all.flatMap(({ problems }) => problems),
  hints: all.flatMap(({ hints }) => hints),
})
