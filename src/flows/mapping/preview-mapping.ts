import type { MappingRow } from '../../connectors/flow-definition.ts'
import type { Transform } from '../../connectors/transform.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { type Budget, newBudget } from '../transforms/budget.ts'
import type { Outcome } from '../transforms/outcome.ts'
import { applyTransform } from '../transforms/transform-value.ts'
import { isForbiddenKey } from './is-forbidden-key.ts'
import { finishRow, mapRow } from './map-fields.ts'
import { readSource } from './read-source.ts'
import { sourcesOf } from './sources-of.ts'

/** One row, from what it reads to what becomes of its target. */
export type PreviewedRow = {
  target: string
  /** Without `value`: absent in the record. */
  sources: { field: string; value?: FieldValue }[]
  /** What the row starts from, and what each transform makes of it, as far as it came. */
  steps: ({ kind: 'source' | Transform['kind'] } & Outcome)[]
  /** `overruled`: a later row sets the same target. */
  effect: 'written' | 'erased' | 'left_alone' | 'overruled'
  /** The value as it would be written; absent where none would be. */
  result?: FieldValue
  /** Why nothing is set although it could be expected; one sentence for the owner. */
  problem: string | null
}

/** What mapFields would do with a sample record, row by row and step by step. */
export function previewMapping(
  rows: readonly MappingRow[],
  sources: FieldValues,
  around: Around,
  targets: readonly Field[] = [],
): PreviewedRow[] {
  const fields = new Map(targets.map((field) => [field.key, field]))
  const budget = newBudget()
  const previewed = rows.map((row) => previewRow(row, sources, around, fields.get(row.target), budget))
  return previewed.map((row, index) => {
    const isOverruled =
      row.result !== undefined &&
      previewed.slice(index + 1).some(({ target, result }) => target === row.target && result !== undefined)
    return isOverruled ? { ...row, effect: 'overruled' } : row
  })
}

function previewRow(
  row: MappingRow,
  sources: FieldValues,
  around: Around,
  field: Field | undefined,
  budget: Budget,
): PreviewedRow {
  const steps = isForbiddenKey(row.target) ? [] : stepsOf(row, sources, around, budget)
  const last = steps.at(-1)
  const { value, problem } = last
    ? finishRow(row, last, around, field, budget)
    : mapRow(row, sources, around, field, budget)
  return {
    target: row.target,
    sources: sourcesOf(row).map((key) => valueAt(key, sources)),
    steps,
    effect: value === undefined ? 'left_alone' : value === null ? 'erased' : 'written',
    ...(value !== undefined && { result: value }),
    problem: problem ?? null,
  }
}

function stepsOf(
  { source, transforms }: MappingRow,
  sources: FieldValues,
  around: Around,
  budget: Budget,
): PreviewedRow['steps'] {
  const read = readSource(source, sources, around, budget)
  if (read === undefined) return []
  const steps: PreviewedRow['steps'] = [{ kind: 'source', ...read }]
  let current = read
  for (const transform of transforms) {
    if ('problem' in current) return steps
    current = applyTransform(current.value, transform, around, budget)
    steps.push({ kind: transform.kind, ...current })
  }
  return steps
}

function valueAt(field: string, sources: FieldValues): { field: string; value?: FieldValue } {
  const value = Object.hasOwn(sources, field) ? sources[field] : undefined
  return value === undefined ? { field } : { field, value }
}
