import type { FieldValue } from '../../lib/field.ts'
import { LONGEST_LIST, LONGEST_SEARCH } from './limits.ts'
import type { Outcome } from './outcome.ts'
import { spell } from './spell.ts'

/**
 * Text → list of what stands between the separators, trimmed, without empty parts. A list stays as it is, null is null; a
 * number or a boolean is a list of its spelling. Parts beyond what a list may hold are a problem.
 */
export function splitText(value: FieldValue, separator: string): Outcome {
  if (value === null || Array.isArray(value)) return { value }
  if (separator.length > LONGEST_SEARCH) return { problem: `A separator has at most ${LONGEST_SEARCH} characters.` }
  const parts = separator === '' ? [spell(value)] : spell(value).split(separator)
  const texts = parts.map((part) => part.trim()).filter((part) => part !== '')
  return texts.length > LONGEST_LIST ? { problem: `The text has more than ${LONGEST_LIST} parts.` } : { value: texts }
}

/** List → text of its entries that are not blank, in their order. Anything else stays as it is. */
export const joinList = (value: FieldValue, separator: string): { value: FieldValue } =>
  Array.isArray(value) ? { value: value.filter((entry) => entry.trim() !== '').join(separator) } : { value }

/** List → its entry at the index, counted from 0, or from the end below 0; null where there is none. Anything else is the only entry. */
export function pickEntry(value: FieldValue, index: number): { value: FieldValue } {
  if (Array.isArray(value)) return { value: value.at(index) ?? null }
  return { value: index === 0 || index === -1 ? value : null }
}
