import type { FieldValue } from '../../lib/field.ts'

/** A value as text: numbers and booleans as JSON writes them, a list with commas, nothing as an empty text. */
export function spell(value: FieldValue): string {
  if (value === null) return ''
  return Array.isArray(value) ? value.join(', ') : String(value)
}
