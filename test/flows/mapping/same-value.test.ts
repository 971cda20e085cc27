import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBlank } from '../../../src/flows/mapping/is-blank.ts'
import { isSameValue } from '../../../src/flows/mapping/same-value.ts'
import type { FieldType, FieldValue } from '../../../src/lib/field.ts'
import { anyValue } from '../../support/field-values.ts'

const TYPES: FieldType[] = ['text', 'number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option', 'list']
const israel = { zone: 'Asia/Jerusalem', country: 'IL' }

test.each<[FieldType, FieldValue, FieldValue]>([
  ['text', ' caf\u00e9\r\nbar', 'cafe\u0301\nbar '],
  ['text', 5, '5'],
  ['text', null, ' '],
  ['list', [], null],
  ['list', ['VIP', 'b'], ['b', 'vip', 'VIP']],
  ['list', 'vip', ['VIP']],
  ['number', '5', 5],
  ['number', '1,000.0', 1000],
  ['boolean', 'yes', true],
  ['email', 'Dana@Example.com', 'dana@example.com'],
  ['option', 'hot', 'Hot'],
  ['phone', '+972501234567', '050-123 4567'],
  ['phone', '0501234567', '050-1234567'],
  ['phone', '00972501234567', '+972 50 1234567'],
  ['date', '2026-05-01', '2026-05-01T00:00:00'],
  ['date', '2026-05-01', '2026-04-30T21:00:00Z'],
  ['datetime', '2026-05-01T09:00:00+03:00', '2026-05-01T06:00:00.000Z'],
  ['datetime', '2026-05-01 09:00', '2026-05-01T06:00:00Z'],
  ['datetime', '2026-05-01', '2026-05-01T09:00:00+03:00'],
])('of the type %s %j and %j are the same', (type, one, other) => {
  expect(isSameValue(type, one, other, israel)).toBe(true)
  expect(isSameValue(type, other, one, israel)).toBe(true)
})

test.each<[FieldType, FieldValue, FieldValue]>([
  ['text', 'A', 'a'],
  ['text', '0', null],
  ['text', 'a b', 'ab'],
  ['list', ['a'], ['a', 'b']],
  ['number', '5', 50],
  ['number', 'x', 'y'],
  ['boolean', 'yes', false],
  ['boolean', false, null],
  ['email', 'a@b.co', 'a@b.com'],
  ['phone', '+972501234567', '+1501234567'],
  ['phone', '0501234567', '0501234568'],
  ['date', '2026-05-01', '2026-05-02'],
  ['datetime', '2026-05-01T09:00:00Z', '2026-05-01T09:00:01Z'],
  ['date', 'x', 'y'],
])('of the type %s %j and %j differ', (type, one, other) => {
  expect(isSameValue(type, one, other, israel)).toBe(false)
})

test('without knowing the account a number with a country still is the same as one without', () => {
  expect(isSameValue('phone', '+972501234567', '050-1234567')).toBe(true)
  expect(isSameValue('date', '2026-05-01', '2026-05-01T23:00:00Z')).toBe(true)
})

test('a value is the same as itself, and either both ways or neither', () => {
  const nearby = anyValue.chain((value) =>
    fc.tuple(fc.constant(value), fc.oneof(anyValue, fc.constant(typeof value === 'number' ? String(value) : value))),
  )
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), nearby, (type, [one, other]) => {
      expect(isSameValue(type, one, one, israel)).toBe(true)
      const isSame = isSameValue(type, one, other, israel)
      expect(isSameValue(type, other, one, israel)).toBe(isSame)
      if (isBlank(one) !== isBlank(other)) expect(isSame).toBe(false)
    }),
    { numRuns: 500, seed: 11 },
  )
})
