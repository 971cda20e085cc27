import type { ConditionOperator } from '../../connectors/flow-definition.ts'
import type { FieldValue } from '../../lib/field.ts'
import { isBlank } from '../mapping/is-blank.ts'
import { isSameValue } from '../mapping/same-value.ts'
import { textKey } from '../mapping/text-key.ts'
import { LONGEST_SEARCH } from '../transforms/limits.ts'
import { readNumber } from '../transforms/read-number.ts'
import { spell } from '../transforms/spell.ts'
import { daysFromNow, differenceInTime } from './compare-moments.ts'
import { isAnyOf } from './is-any-of.ts'
import type { ConditionAround } from './meets.ts'

export type Tested = {
  fact: FieldValue
  wanted: FieldValue
  /** Absent where it is not known what was there before, or is there now. */
  since: { before: FieldValue } | undefined
  around: ConditionAround
}

type Test = (tested: Tested) => boolean

/** A list is what one of its entries is; beside another list, the same entries. */
function is({ fact, wanted, around }: Tested): boolean {
  if (isBlank(wanted)) return isBlank(fact)
  return Array.isArray(wanted) ? isSameValue('list', fact, wanted) : isAnyOf(fact, [wanted], around)
}

const isOneOf: Test = ({ fact, wanted, around }) => isAnyOf(fact, filledOf(wanted), around)

const contains = textTest((text, part) => text.includes(part))

/** What each operator asks of a fact; of a list, texts are looked for in each entry. */
export const OPERATOR_TESTS: Record<ConditionOperator, Test> = {
  is,
  is_not: (tested) => !is(tested),
  contains,
  does_not_contain: (tested) => !contains(tested),
  starts_with: textTest((text, part) => text.startsWith(part)),
  ends_with: textTest((text, part) => text.endsWith(part)),
  is_one_of: isOneOf,
  is_none_of: (tested) => !isOneOf(tested),
  is_empty: ({ fact }) => isBlank(fact),
  is_filled: ({ fact }) => !isBlank(fact),
  is_more_than: ({ fact, wanted }) => differenceOf(fact, wanted) > 0,
  is_less_than: ({ fact, wanted }) => differenceOf(fact, wanted) < 0,
  is_before: ({ fact, wanted, around }) => differenceInTime(fact, wanted, around) < 0,
  is_after: ({ fact, wanted, around }) => differenceInTime(fact, wanted, around) > 0,
  is_within_days: ({ fact, wanted, around }) => Math.abs(daysFromNow(fact, around)) <= numberOf(wanted),
  is_in_next_days: ({ fact, wanted, around }) => isBetween(daysFromNow(fact, around), 0, numberOf(wanted)),
  is_in_past_days: ({ fact, wanted, around }) => isBetween(-daysFromNow(fact, around), 0, numberOf(wanted)),
  has_any_of: ({ fact, wanted }) => shared(wanted, fact).length > 0,
  has_all_of: ({ fact, wanted }) => !isBlank(wanted) && shared(wanted, fact).length === keysOf(wanted).size,
  has_none_of: ({ fact, wanted }) => shared(wanted, fact).length === 0,
  was_added: ({ fact, wanted, since }) => since !== undefined && isAmongNew(wanted, since.before, fact),
  was_removed: ({ fact, wanted, since }) => since !== undefined && isAmongNew(wanted, fact, since.before),
  has_changed: ({ fact, since }) => since !== undefined && !isUnchanged(since.before, fact),
}

/** An owner who has named nothing yet means nothing by it. */
const filledOf = (value: FieldValue): FieldValue[] => entriesOf(value).filter((entry) => !isBlank(entry))

const entriesOf = (value: FieldValue): FieldValue[] => (Array.isArray(value) ? value : [value])

/** Nothing contains nothing, or what is longer than can be looked for quickly. */
function textTest(test: (text: string, part: string) => boolean): Test {
  return ({ fact, wanted }) => {
    const part = textKey(spell(wanted))
    if (part === '' || part.length > LONGEST_SEARCH) return false
    return entriesOf(fact).some((entry) => test(textKey(spell(entry)), part))
  }
}

/** NaN, which is neither more nor less, for what is no number. */
function numberOf(value: FieldValue): number {
  const read = readNumber(value, { decimal: '.', places: null })
  return 'value' in read && typeof read.value === 'number' ? read.value : Number.NaN
}

const differenceOf = (one: FieldValue, other: FieldValue): number => numberOf(one) - numberOf(other)

const isBetween = (number: number, least: number, most: number): boolean => number >= least && number <= most

const keysOf = (value: FieldValue): Set<string> =>
  new Set(
    entriesOf(value)
      .map((entry) => textKey(spell(entry)))
      .filter((key) => key !== ''),
  )

function shared(wanted: FieldValue, fact: FieldValue): string[] {
  const there = keysOf(fact)
  return [...keysOf(wanted)].filter((key) => there.has(key))
}

function isAmongNew(wanted: FieldValue, before: FieldValue, after: FieldValue): boolean {
  const old = keysOf(before)
  return shared(wanted, after).some((key) => !old.has(key))
}

const isUnchanged = (before: FieldValue, after: FieldValue): boolean =>
  isSameValue(Array.isArray(before) || Array.isArray(after) ? 'list' : 'text', before, after)
