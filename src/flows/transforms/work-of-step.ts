import type { Transform } from '../../connectors/transform.ts'
import type { FieldValue } from '../../lib/field.ts'

/** Characters, with something for each entry of a list. */
export function sizeOf(value: FieldValue): number {
  if (Array.isArray(value)) return value.reduce((sum, entry) => sum + entry.length + PER_ENTRY, 0)
  return typeof value === 'string' ? value.length : PER_ENTRY
}

const PER_ENTRY = 4

/** What a step costs before it is begun, in the units of a budget: as measured with the texts that are worst for each. */
export const workOfStep = (transform: Transform, value: FieldValue): number =>
  FIXED[transform.kind] + perCharacter(transform) * sizeOf(value) + workOfRule(transform, value)

const PER_KEY = 25

const PER_CHARACTER: Record<Transform['kind'], number> = {
  ...{ pick: 1, number: 1, multiply: 1, date: 1, shift_date: 1, phone: 1 },
  ...{ trim: 2, default: 2, join: 2, split: 4, collapse_spaces: 6, replace: 8, plain_text: 10, truncate: 15 },
  ...{ case: 20, first_name: 25, last_name: 25, boolean: PER_KEY, when: PER_KEY, lookup: PER_KEY, tags: 40 },
}

/** Where every word is looked at on its own. */
const PER_CHARACTER_OF_CASE: Partial<Record<string, number>> = { title: 80, sentence: 40 }

const perCharacter = (transform: Transform): number =>
  (transform.kind === 'case' ? PER_CHARACTER_OF_CASE[transform.to] : undefined) ?? PER_CHARACTER[transform.kind]

const FIXED: Record<Transform['kind'], number> = {
  ...{ pick: 10, trim: 10, default: 10, join: 50, split: 50, collapse_spaces: 50, replace: 100, plain_text: 200 },
  ...{ when: 200, lookup: 200, tags: 200, truncate: 300, case: 300, number: 300, multiply: 300, boolean: 500 },
  ...{ first_name: 500, last_name: 500, phone: 1_500, shift_date: 5_000, date: 10_000 },
}

/** The tables, words and patterns that a rule brings along are read each time. */
function workOfRule(transform: Transform, value: FieldValue): number {
  switch (transform.kind) {
    case 'lookup':
      return PER_KEY * sizeOf(transform.entries.map(({ from }) => from))
    case 'boolean':
      return PER_KEY * sizeOf([...transform.yes, ...transform.no])
    case 'when':
      return PER_KEY * sizeOf(transform.value)
    case 'tags':
      return PER_KEY * sizeOf([...transform.only, ...transform.except]) + workOfPatterns(transform, value)
    default:
      return 0
  }
}

/** Every tag is held against every pattern that stands for a beginning. */
function workOfPatterns({ only, except }: { only: string[]; except: string[] }, value: FieldValue): number {
  const patterns = [...only, ...except].filter((pattern) => pattern.trimEnd().endsWith('*')).length
  return Math.ceil((patterns * sizeOf(value)) / 3)
}
