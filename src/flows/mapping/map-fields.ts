import type { MappingRow } from '../../connectors/flow-definition.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { type Budget, newBudget, pays, TOO_MUCH_WORK } from '../transforms/budget.ts'
import type { Outcome } from '../transforms/outcome.ts'
import { transformValue } from '../transforms/transform-value.ts'
import { coerceValue } from './coerce-value.ts'
import { isBlank } from './is-blank.ts'
import { isForbiddenKey } from './is-forbidden-key.ts'
import { readSource } from './read-source.ts'
import { workOfFitting } from './work-of-row.ts'

export type Mapped = {
  /** By target; null erases. What a row leaves alone is absent. */
  values: FieldValues
  /** Rows that set nothing although they could be expected to, with one sentence each for the owner. */
  problems: { target: string; sentence: string }[]
}

type Row = Pick<MappingRow, 'target' | 'source' | 'transforms' | 'whenBlank'>

/**
 * What a mapping makes of a record. A source that is absent (see readSource) leaves its target alone, whatever the rule for
 * blanks says. What is blank after the transforms is left alone (`keep`) or null (`erase`). Of two rows for one target the
 * later one that sets something counts. With `targets` values are brought to their fields' types; a row whose value cannot be
 * is a problem and sets nothing, and so is one for which the record holds too much. Never throws.
 */
export function mapFields(
  rows: readonly Row[],
  sources: FieldValues,
  around: Around,
  targets: readonly Field[] = [],
): Mapped {
  const fields = new Map(targets.map((field) => [field.key, field]))
  const budget = newBudget()
  const mapped: (MappedRow & { target: string })[] = rows.map((row) => ({
    target: row.target,
    ...mapRow(row, sources, around, fields.get(row.target), budget),
  }))
  return {
    values: Object.fromEntries(mapped.flatMap(({ target, value }) => (value === undefined ? [] : [[target, value]]))),
    problems: mapped.flatMap(({ target, problem }) => (problem === undefined ? [] : [{ target, sentence: problem }])),
  }
}

export type MappedRow = { value?: FieldValue; problem?: string }

/** Nothing at all: the target is left alone. */
export function mapRow(
  row: Row,
  sources: FieldValues,
  around: Around,
  field: Field | undefined,
  budget: Budget,
): MappedRow {
  if (isForbiddenKey(row.target)) return { problem: 'A field cannot have this name.' }
  const read = readSource(row.source, sources, around, budget)
  if (read === undefined) return {}
  const outcome = 'problem' in read ? read : transformValue(read.value, row.transforms, around, budget)
  return finishRow(row, outcome, around, field, budget)
}

/** The last step: to the field's type, and what is blank by the row's rule. */
export function finishRow(
  row: Row,
  outcome: Outcome,
  around: Around,
  field: Field | undefined,
  budget: Budget,
): MappedRow {
  if ('problem' in outcome) return outcome
  if (!pays(budget, workOfFitting(outcome.value, field))) return { problem: TOO_MUCH_WORK }
  const fitted = field ? coerceValue(outcome.value, field, around) : outcome
  if ('problem' in fitted) return fitted
  if (!isBlank(fitted.value)) return fitted
  return row.whenBlank === 'erase' ? { value: null } : {}
}
