import type { FieldValue } from '../../lib/field.ts'
import type { Outcome } from './outcome.ts'
import { readNumber, roundTo } from './read-number.ts'

/**
 * Number → number times `by` (cents to euros: 0.01), rounded to `places`, where given, else to ten. A text that is a number
 * with a decimal point counts as one, blank is null, all else is a problem.
 */
export function multiply(value: FieldValue, rule: { by: number; places: number | null }): Outcome {
  const read = readNumber(value, { decimal: '.', places: null })
  if ('problem' in read || typeof read.value !== 'number') return read
  const product = roundTo(read.value * rule.by, rule.places ?? 10)
  return Number.isFinite(product) ? { value: product } : { problem: 'The number becomes too large.' }
}
