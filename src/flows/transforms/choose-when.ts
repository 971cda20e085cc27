import type { Transform } from '../../connectors/transform.ts'
import type { FieldValue } from '../../lib/field.ts'
import { isBlank } from '../mapping/is-blank.ts'
import { textKey } from '../mapping/text-key.ts'
import { LONGEST_SEARCH } from './limits.ts'
import { spell } from './spell.ts'

type When = Extract<Transform, { kind: 'when' }>

/**
 * Any value → `give` when it meets the test, else `otherwise`, or itself where that is left out. `is` and `contains` compare
 * spellings without capitals; a list is what one of its entries is, and contains what one of them contains.
 */
export function chooseWhen(value: FieldValue, rule: When): { value: FieldValue } {
  if (TESTS[rule.operator](value, rule.value)) return { value: rule.give }
  return { value: rule.otherwise === undefined ? value : rule.otherwise }
}

const TESTS: Record<When['operator'], (value: FieldValue, wanted: FieldValue) => boolean> = {
  is: (value, wanted) => (isBlank(wanted) ? isBlank(value) : keysOf(value).includes(textKey(spell(wanted)))),
  contains: (value, wanted) => containsText(keysOf(value), spell(wanted)),
  is_empty: (value) => isBlank(value),
  is_filled: (value) => !isBlank(value),
}

/** Nothing contains what is longer than can be looked for quickly. */
function containsText(keys: string[], wanted: string): boolean {
  const key = textKey(wanted)
  return key !== '' && key.length <= LONGEST_SEARCH && keys.some((text) => text.includes(key))
}

const keysOf = (value: FieldValue): string[] => (Array.isArray(value) ? value : [spell(value)]).map(textKey)
