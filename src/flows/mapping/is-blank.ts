import type { FieldValue } from '../../lib/field.ts'

/** Null, a text of nothing visible, a list of such texts: all of them the same nothing. False and 0 are values. */
export function isBlank(value: FieldValue): boolean {
  if (typeof value === 'string') return isInvisible(value)
  return value === null || (Array.isArray(value) && value.every(isInvisible))
}

/** Spaces of any kind, and marks such as those for the direction of writing, which copying from a page brings along. */
const isInvisible = (text: string): boolean => /^[\s\p{Cf}]*$/u.test(text)
