import type { FieldValue } from '../../lib/field.ts'

/** How much one value may be, so that nothing an owner sets up keeps a process busy. */
export const LONGEST_TEXT = 150_000
export const LONGEST_LIST = 1_000

/** Beyond some 250 characters looking for one text in another may cost as much as the lengths of both multiplied. */
export const LONGEST_SEARCH = 200

/** A sentence for the owner when it is more. */
export function findExcess(value: FieldValue): string | undefined {
  if (!Array.isArray(value)) return spelledLength(value) > LONGEST_TEXT ? TOO_LONG : undefined
  if (value.length > LONGEST_LIST) return `The list has more than ${inWords(LONGEST_LIST)} entries.`
  const length = value.reduce((sum, entry) => sum + entry.length, 0)
  return length > LONGEST_TEXT ? TOO_LONG : undefined
}

const inWords = (count: number): string => count.toLocaleString('en')

export const TOO_LONG = `The text is longer than ${inWords(LONGEST_TEXT)} characters.`

const spelledLength = (value: string | number | boolean | null): number =>
  typeof value === 'string' ? value.length : 0
