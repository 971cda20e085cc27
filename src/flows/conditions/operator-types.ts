import type { ConditionOperator } from '../../connectors/flow-definition.ts'
import type { FieldType } from '../../lib/field.ts'

type Rule = {
  takes: readonly FieldType[]
  /** What stands beside it: nothing, one text (or number, or boolean), a number, a day or moment, several texts. */
  value: 'none' | 'single' | 'number' | 'moment' | 'several'
  /** It may be left empty: then it is now. */
  isOptional?: true
}

const ALL: readonly FieldType[] = ['text', 'number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option', 'list']
const TEXTS: readonly FieldType[] = ['text', 'phone', 'email', 'option', 'list']
const NUMBERS: readonly FieldType[] = ['number', 'text']
const DATES: readonly FieldType[] = ['date', 'datetime', 'text']
const LISTS: readonly FieldType[] = ['list', 'text', 'option']

/** Which fields an operator can be asked of, and what it wants beside it. */
export const OPERATOR_TYPES: Record<ConditionOperator, Rule> = {
  is: { takes: ALL, value: 'single' },
  is_not: { takes: ALL, value: 'single' },
  contains: { takes: TEXTS, value: 'single' },
  does_not_contain: { takes: TEXTS, value: 'single' },
  starts_with: { takes: TEXTS, value: 'single' },
  ends_with: { takes: TEXTS, value: 'single' },
  is_one_of: { takes: ALL, value: 'several' },
  is_none_of: { takes: ALL, value: 'several' },
  is_empty: { takes: ALL, value: 'none' },
  is_filled: { takes: ALL, value: 'none' },
  is_more_than: { takes: NUMBERS, value: 'number' },
  is_less_than: { takes: NUMBERS, value: 'number' },
  is_before: { takes: DATES, value: 'moment', isOptional: true },
  is_after: { takes: DATES, value: 'moment', isOptional: true },
  is_within_days: { takes: DATES, value: 'number' },
  is_in_next_days: { takes: DATES, value: 'number' },
  is_in_past_days: { takes: DATES, value: 'number' },
  has_any_of: { takes: LISTS, value: 'several' },
  has_all_of: { takes: LISTS, value: 'several' },
  has_none_of: { takes: LISTS, value: 'several' },
  was_added: { takes: LISTS, value: 'several' },
  was_removed: { takes: LISTS, value: 'several' },
  has_changed: { takes: ALL, value: 'none' },
}
