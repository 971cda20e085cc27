import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Condition, ConditionGroup, ConditionOperator } from '../../../src/connectors/flow-definition.ts'
import { type ConditionAround, meets } from '../../../src/flows/conditions/meets.ts'
import { OPERATOR_TYPES } from '../../../src/flows/conditions/operator-types.ts'
import type { FieldValue, FieldValues } from '../../../src/lib/field.ts'
import { anyText, anyValue, anyValues } from '../../support/field-values.ts'

const around: ConditionAround = { zone: 'Asia/Jerusalem', country: 'IL', now: Date.parse('2026-05-10T22:30:00Z') }

const asked = (operator: ConditionOperator, value: FieldValue = null): ConditionGroup => ({
  match: 'and',
  conditions: [{ field: 'x', operator, value }],
})

const holds = (fact: FieldValue, operator: ConditionOperator, value: FieldValue = null): boolean =>
  meets(asked(operator, value), { x: fact }, around)

test.each<[FieldValue, ConditionOperator, FieldValue, FieldValue]>([
  // fact, operator, a value with which it is met, one with which it is not
  [' VIP ', 'is', 'vip', 'vi'],
  [5, 'is', '5.0', '50'],
  ['007', 'is', '007', '7'],
  [true, 'is', 'yes', 'no'],
  ['2026-05-01T22:00:00Z', 'is', '2026-05-02', '2026-05-01'],
  [['a', 'B'], 'is', 'b', 'c'],
  [['a', 'B'], 'is', ['b', 'a'], ['b']],
  [null, 'is', '', 'x'],
  ['a', 'is_not', 'b', 'A'],
  ['Hello there', 'contains', 'LO TH', 'xyz'],
  ['Hello there', 'contains', 'o', ''],
  [['x', 'Course A'], 'contains', 'course', 'b'],
  ['abc', 'does_not_contain', 'x', 'B'],
  ['abc', 'starts_with', 'AB', 'bc'],
  ['abc', 'ends_with', 'BC', 'ab'],
  ['b', 'is_one_of', ['a', 'B'], ['c']],
  [7, 'is_one_of', ['7'], ['8']],
  ['b', 'is_none_of', ['c'], ['B']],
  ['12', 'is_more_than', 5, 12],
  [1.5, 'is_less_than', '2', 'x'],
  ['2026-05-01', 'is_before', '2026-05-02', '2026-05-01'],
  ['2026-05-01T10:00:00Z', 'is_before', '2026-05-01T10:00:01Z', '2026-05-01'],
  ['2026-05-11', 'is_after', '2026-05-10', null],
  ['2026-05-20', 'is_after', null, '2026-05-20'],
  ['2026-05-14', 'is_within_days', 3, 2],
  ['2026-05-08T23:00:00+03:00', 'is_within_days', 3, 2],
  ['2026-05-14', 'is_in_next_days', 3, 2],
  ['2026-05-08', 'is_in_past_days', 3, 2],
  [['a', 'B'], 'has_any_of', ['b', 'c'], ['c']],
  [['a', 'B'], 'has_all_of', ['A', 'b'], ['a', 'c']],
  [['a'], 'has_none_of', ['b'], ['A']],
])('%j %s %j, and not %j', (fact, operator, value, other) => {
  expect(holds(fact, operator, value)).toBe(true)
  expect(holds(fact, operator, other)).toBe(false)
})

test('what is behind is not in the next days, and what is ahead not in the past', () => {
  expect(holds('2026-05-08', 'is_in_next_days', 9)).toBe(false)
  expect(holds('2026-05-14', 'is_in_past_days', 9)).toBe(false)
  expect(holds('2026-05-11', 'is_in_next_days', 0)).toBe(true) // by the account's clock it is the 11th already
})

test('absent and blank are empty', () => {
  for (const facts of [{}, { x: null }, { x: ' \u200f' }, { x: [] }]) {
    expect(meets(asked('is_empty'), facts, around)).toBe(true)
    expect(meets(asked('is_filled'), facts, around)).toBe(false)
    expect(meets(asked('is_not', 'a'), facts, around)).toBe(true)
    expect(meets(asked('is_after', '1990-01-01'), facts, around)).toBe(false)
  }
  expect(holds(false, 'is_filled')).toBe(true)
  expect(
    meets({ match: 'and', conditions: [{ field: 'constructor', operator: 'is_filled', value: null }] }, {}, around),
  ).toBe(false)
})

test('what names nothing to compare with is met by nothing', () => {
  for (const operator of [
    'is_one_of',
    'has_any_of',
    'has_all_of',
    'contains',
    'starts_with',
    'is_more_than',
  ] as const) {
    for (const fact of ['', 'a', ['a'], null]) {
      for (const nothing of [null, '', [], [' ']]) expect(holds(fact, operator, nothing)).toBe(false)
    }
  }
})

test('changes are told from the record at the last event, and not without it', () => {
  const since = (before: FieldValues, operator: ConditionOperator, value: FieldValue, facts: FieldValues): boolean =>
    meets(asked(operator, value), facts, { ...around, before })
  const [before, now] = [{ x: ['a', 'b'] }, { x: ['B', 'c'] }]
  expect(since(before, 'was_added', 'C', now)).toBe(true)
  expect(since(before, 'was_added', 'b', now)).toBe(false)
  expect(since(before, 'was_added', [], now)).toBe(false)
  expect(since(before, 'was_removed', ['a', 'z'], now)).toBe(true)
  expect(since(before, 'was_removed', 'b', now)).toBe(false)
  expect(since(before, 'has_changed', null, now)).toBe(true)
  expect(since({ x: 'a ' }, 'has_changed', null, { x: 'a' })).toBe(false)
  expect(since({ x: null }, 'has_changed', null, { x: 'a' })).toBe(true)
  expect(since({}, 'has_changed', null, { x: 'a' })).toBe(false)
  expect(since({ x: 'a' }, 'has_changed', null, {})).toBe(false)
  expect(holds(['c'], 'was_added', 'c')).toBe(false)
})

test('groups in groups', () => {
  const vip: Condition = { field: 'tags', operator: 'has_any_of', value: ['vip'] }
  const young: Condition = { field: 'age', operator: 'is_less_than', value: 30 }
  const local: Condition = { field: 'city', operator: 'is', value: 'Haifa' }
  const group: ConditionGroup = { match: 'and', conditions: [vip, { match: 'or', conditions: [young, local] }] }
  expect(meets(group, { tags: ['VIP'], age: 40, city: 'haifa' }, around)).toBe(true)
  expect(meets(group, { tags: ['VIP'], age: 40, city: 'Eilat' }, around)).toBe(false)
  expect(meets(group, { tags: [], age: 20 }, around)).toBe(false)
  expect(meets(null, {}, around)).toBe(true)
  for (const match of ['and', 'or'] as const) expect(meets({ match, conditions: [] }, {}, around)).toBe(true)
})

test('a group nested without end is not met', () => {
  let group: ConditionGroup = { match: 'or', conditions: [] }
  for (let depth = 0; depth < 100_000; depth += 1) group = { match: 'or', conditions: [group] }
  expect(meets(group, {}, around)).toBe(false)
})

test('whatever is asked of whatever record is answered, and each denial is the opposite of its question', () => {
  const operators = Object.keys(OPERATOR_TYPES) as ConditionOperator[]
  const denials: [ConditionOperator, ConditionOperator][] = [
    ['is', 'is_not'],
    ['contains', 'does_not_contain'],
    ['is_one_of', 'is_none_of'],
    ['is_empty', 'is_filled'],
    ['has_any_of', 'has_none_of'],
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...operators),
      anyText,
      anyValue,
      anyValues,
      anyValues,
      (operator, field, value, facts, before) => {
        const zone = operator === 'is_before' ? 'Nowhere/At_All' : 'Europe/Berlin'
        const conditions = [{ field: Object.keys(facts)[0] ?? field, operator, value }]
        expect(meets({ match: 'and', conditions }, facts, { ...around, zone, before })).toBeTypeOf('boolean')
        for (const [question, denial] of denials) {
          const fact = Object.values(facts)[0] ?? null
          expect(holds(fact, question, value)).toBe(!holds(fact, denial, value))
        }
        for (const fact of Object.values(facts)) expect(holds(fact, 'is', fact)).toBe(true)
      },
    ),
    { numRuns: 300, seed: 5 },
  )
})
