import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Transform } from '../../../src/connectors/transform.ts'
import { LONGEST_LIST, LONGEST_TEXT } from '../../../src/flows/transforms/limits.ts'
import type { Outcome } from '../../../src/flows/transforms/outcome.ts'
import { TRANSFORM_TYPES, typeAfter, typeOfValue } from '../../../src/flows/transforms/transform-types.ts'
import { applyTransform, transformValue } from '../../../src/flows/transforms/transform-value.ts'
import type { FieldType, FieldValue } from '../../../src/lib/field.ts'
import { ANY_TRANSFORM, anyText, anyValue } from '../../support/field-values.ts'

const around = { zone: 'Asia/Jerusalem', country: 'IL' }
const runs = { numRuns: 200, seed: 20260501 }

const given = (value: FieldValue, ...transforms: Transform[]): FieldValue | Outcome => {
  const outcome = transformValue(value, transforms, around)
  return 'value' in outcome ? outcome.value : outcome
}

const problem = expect.objectContaining({ problem: expect.stringMatching(/\.|\?$/) })

describe('every transform', () => {
  const kinds = Object.entries(ANY_TRANSFORM)

  test.each(kinds)('%s gives a value of the type it says, or a sentence', (_, anyTransform) => {
    fc.assert(
      fc.property(anyTransform, anyValue, (transform, value) => {
        const outcome = applyTransform(value, transform, around)
        if ('problem' in outcome) {
          expect(outcome.problem).toMatch(/^\S[^\n]*[.?]$/)
          return
        }
        expect(outcome.value).toSatisfy(isFieldValue)
        const type = typeOfValue(value)
        if (!type || outcome.value === null || !TRANSFORM_TYPES[transform.kind].takes.includes(type)) return
        const after = typeAfter(type, [transform])
        const said = 'type' in after && !('refused' in after) ? after.type : undefined
        if (said && transform.kind !== 'default') expect(typeOfValue(outcome.value)).toBe(SPELLED[said])
      }),
      runs,
    )
  })

  const settled: Transform['kind'][] = [
    'trim',
    'collapse_spaces',
    'case',
    'number',
    'boolean',
    'split',
    'tags',
    'truncate',
    'default',
  ]

  test.each(settled)('%s changes nothing when it is done again', (kind) => {
    fc.assert(
      fc.property(ANY_TRANSFORM[kind], anyValue, (transform, value) => {
        const once = applyTransform(value, transform, around)
        fc.pre('value' in once && !namesAreNew(transform))
        if ('value' in once) expect(applyTransform(once.value, transform, around)).toEqual(once)
      }),
      runs,
    )
  })

  /** What has got a prefix is another name to the lists. */
  const namesAreNew = (transform: Transform): boolean =>
    transform.kind === 'tags' && transform.prefix !== '' && transform.only.length + transform.except.length > 0

  test('phones, days and moments of one form stay as they are', () => {
    const steps: Transform[] = [
      { kind: 'phone', country: null, form: 'e164' },
      { kind: 'phone', country: null, form: 'international' },
      { kind: 'date', from: 'iso', to: 'date', zone: null },
      { kind: 'date', from: 'iso', to: 'datetime', zone: null },
    ]
    const moments = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2200-01-01') })
    const phones = fc.integer({ min: 20_000_000, max: 599_999_999 }).map((number) => `0${number}`)
    const text = fc.oneof(
      moments.map((date) => date.toISOString()),
      phones,
    )
    fc.assert(
      fc.property(fc.constantFrom(...steps), text, (step, value) => {
        const once = given(value, step)
        if (typeof once === 'string') expect(given(once, step)).toBe(once)
      }),
      runs,
    )
  })

  test.each(kinds)('%s refuses what is too large before it works on it', (_, anyTransform) => {
    const [transform] = fc.sample(anyTransform, { numRuns: 1, seed: 1 })
    if (!transform) throw new Error('There is no transform.')
    expect(applyTransform('a'.repeat(LONGEST_TEXT + 1), transform, around)).toEqual(problem)
    expect(applyTransform(Array(LONGEST_LIST + 1).fill('a'), transform, around)).toEqual(problem)
  })
})

const SPELLED: Record<FieldType, FieldType> = {
  text: 'text',
  number: 'number',
  boolean: 'boolean',
  date: 'text',
  datetime: 'text',
  phone: 'text',
  email: 'text',
  option: 'text',
  list: 'list',
}

const isFieldValue = (value: unknown): boolean =>
  value === null ||
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((entry) => typeof entry === 'string'))

test('capitals follow the script and the country', () => {
  const title: Transform = { kind: 'case', to: 'title' }
  expect(given('jean-luc O’BRIEN', title)).toBe('Jean-Luc O’Brien')
  expect(given("don't müller ßäger", title)).toBe("Don't Müller Ssäger")
  expect(given('ada McDonald', title)).toBe('Ada McDonald')
  expect(given('דנה כהן', title)).toBe('דנה כהן')
  expect(given('straße', { kind: 'case', to: 'upper' })).toBe('STRASSE')
  expect(given('ΟΔΟΣ', { kind: 'case', to: 'lower' })).toBe('οδος')
  expect(given('HELLO there. how ARE you?', { kind: 'case', to: 'sentence' })).toBe('Hello there. How are you?')
  const turkish = transformValue('istanbul ILIK', [title], { zone: 'Europe/Istanbul', country: 'TR' })
  expect(turkish).toEqual({ value: 'İstanbul Ilık' })
})

test.each([
  ['Anna Berg', 'Anna', 'Berg'],
  ['Anna', 'Anna', ''],
  ['Dr. Anna Maria von Berg, PhD', 'Anna Maria', 'von Berg'],
  ['Berg, Anna', 'Anna', 'Berg'],
  ['Ludwig van Beethoven', 'Ludwig', 'van Beethoven'],
  ['Maria de los Santos Jr.', 'Maria', 'de los Santos'],
  ['Frau Schmidt', '', 'Schmidt'],
  ['Prof. Dr. Hans-Peter Müller', 'Hans-Peter', 'Müller'],
  ['ד"ר דנה בן דוד', 'דנה', 'בן דוד'],
  ['Ben Stiller', 'Ben', 'Stiller'],
  ['Dr.', 'Dr.', ''],
  ['  ', '', ''],
])('the name %s has its parts', (name, first, last) => {
  expect(given(name, { kind: 'first_name' })).toBe(first)
  expect(given(name, { kind: 'last_name' })).toBe(last)
})

test('numbers are read as they are written there', () => {
  const comma: Transform = { kind: 'number', decimal: ',', places: 2 }
  const point: Transform = { kind: 'number', decimal: '.', places: null }
  expect(given('1.234,567 €', comma)).toBe(1234.57)
  expect(given('-5', comma)).toBe(-5)
  expect(given('1 234', point)).toBe(1234)
  expect(given('12,34,567.5', point)).toBe(1234567.5)
  expect(given('USD 1,000', point)).toBe(1000)
  expect(given('0.1', point)).toBe(0.1)
  expect(given('1.5', comma)).toEqual(problem)
  expect(given('1,5', point)).toEqual(problem)
  expect(given('12345678901234567', point)).toEqual(problem)
  expect(given('five', point)).toEqual(problem)
  expect(given(['1'], point)).toEqual(problem)
  expect(given(1.005, { kind: 'number', decimal: '.', places: 2 })).toBe(1.01)
  expect(given(1999, { kind: 'multiply', by: 0.01, places: null })).toBe(19.99)
})

test('words for yes and no are the owner’s, or the usual ones', () => {
  expect(given('Yes', { kind: 'boolean', yes: [], no: [] })).toBe(true)
  expect(given(0, { kind: 'boolean', yes: [], no: [] })).toBe(false)
  expect(given(' AKTIV', { kind: 'boolean', yes: ['aktiv'], no: ['inaktiv'] })).toBe(true)
  expect(given('yes', { kind: 'boolean', yes: ['aktiv'], no: ['inaktiv'] })).toEqual(problem)
})

test('dates keep their day, and moments move with the zone', () => {
  const day: Transform = { kind: 'date', from: 'iso', to: 'date', zone: null }
  expect(given('2026-05-01', day)).toBe('2026-05-01')
  expect(given('2026-05-01T22:30:00Z', day)).toBe('2026-05-02')
  expect(given('31.12.2026', { kind: 'date', from: 'dd.MM.yyyy', to: 'date', zone: null })).toBe('2026-12-31')
  const moment: Transform = { kind: 'date', from: 'iso', to: 'datetime', zone: null }
  expect(given('2026-05-01 09:00:00', moment)).toBe('2026-05-01T09:00:00+03:00')
  expect(given(1777618800, { kind: 'date', from: 'seconds', to: 'datetime', zone: 'UTC' })).toBe('2026-05-01T07:00:00Z')
  expect(given('2026-05-01', { kind: 'date', from: 'iso', to: "d. MMMM yyyy 'Uhr'", zone: null })).toBe(
    '1. May 2026 Uhr',
  )
  for (const wrong of ['2026-02-30', '12:30', '2026-W05', '2026', 'tomorrow'])
    expect(given(wrong, day)).toEqual(problem)
  expect(given('2026-05-01', { ...day, zone: 'Nowhere/At_All' })).toEqual(problem)
  expect(given('20260501', { kind: 'date', from: 'yyyyMMdd', to: 'date', zone: null })).toBe('2026-05-01')
})

test.each([
  ['dHdHdH', /day twice/],
  ['dd.MM.yyyy MMMM', /month twice/],
  ['dd.MM.yyyy kl', /“k”/],
  ["dd 'of MM", /not closed/],
  ['%d.%m.%Y', /percent/],
  ['...', /no part/],
  ['d'.repeat(51), /at most 50/],
])('the date pattern %s is none', (from, sentence) => {
  const refused = { problem: expect.stringMatching(sentence) }
  expect(given('1', { kind: 'date', from, to: 'date', zone: null })).toEqual(refused)
  expect(given('2026-05-01', { kind: 'date', from: 'iso', to: from, zone: null })).toEqual(refused)
})

test('a moment moved by days keeps its hour when the clocks change', () => {
  const nextDay: Transform = { kind: 'shift_date', amount: 1, unit: 'days' }
  expect(given('2026-03-26T10:00:00+02:00', nextDay)).toBe('2026-03-27T10:00:00+03:00')
  expect(given('2026-12-31', nextDay)).toBe('2027-01-01')
  expect(given('2026-12-31', { kind: 'shift_date', amount: 1, unit: 'hours' })).toEqual(problem)
  expect(given('9999-12-31', nextDay)).toEqual(problem)
})

test('phone numbers take the account’s country when they say none', () => {
  const e164: Transform = { kind: 'phone', country: null, form: 'e164' }
  expect(given('050-123 4567', e164)).toBe('+972501234567')
  expect(given('\u202a+49 30 901820\u202c', e164)).toBe('+4930901820')
  expect(given('030 901820', { ...e164, country: 'DE' })).toBe('+4930901820')
  expect(given('+972501234567', { ...e164, form: 'national' })).toBe('050-123-4567')
  for (const wrong of ['12', 'call 050-1234567', '0'.repeat(300)]) expect(given(wrong, e164)).toEqual(problem)
  expect(transformValue('0501234567', [e164], { zone: 'utc', country: '' })).toEqual(problem)
})

test('lists are split, picked from and joined', () => {
  const split: Transform = { kind: 'split', separator: ';' }
  expect(given(' a ; ;b', split)).toEqual(['a', 'b'])
  expect(given('a;b;c', split, { kind: 'pick', index: -1 })).toBe('c')
  expect(given('a;b', split, { kind: 'pick', index: 2 })).toBeNull()
  expect(given(['a', ' ', 'b'], { kind: 'join', separator: ', ' })).toBe('a, b')
  expect(given('x;'.repeat(LONGEST_LIST + 1), split)).toEqual(problem)
})

test('tags are chosen by name or by beginning, and prefixed once', () => {
  const tags: Transform = { kind: 'tags', only: ['Course*', 'vip'], except: ['course:old'], prefix: 'HL-' }
  expect(given(['course:A', 'Course:OLD', 'VIP', 'other', 'vip'], tags)).toEqual(['HL-course:A', 'HL-VIP'])
  const prefixed: Transform = { kind: 'tags', only: [], except: [], prefix: 'HL-' }
  expect(given(['hl-a', 'b'], prefixed)).toEqual(['hl-a', 'HL-b'])
})

test('what is looked for is no pattern, and what comes in its place no reference', () => {
  expect(given('a.b(a+)+', { kind: 'replace', find: '(a+)+', with: '$& $1' })).toBe('a.b$& $1')
  expect(given('a'.repeat(1000), { kind: 'replace', find: 'a', with: 'b'.repeat(10_000) })).toEqual(problem)
})

test('tables and conditions choose values', () => {
  const lookup: Transform = {
    kind: 'lookup',
    entries: [
      { from: 'Hot', to: 'A' },
      { from: 'hot', to: 'B' },
      { from: '', to: 'none' },
    ],
    otherwise: 'blank',
  }
  expect(given(' HOT ', lookup)).toBe('A')
  expect(given(null, lookup)).toBe('none')
  expect(given('cold', lookup)).toBeNull()
  expect(given(['hot', 'cold'], lookup)).toEqual(['A'])
  expect(given('VIP', { kind: 'when', operator: 'is', value: 'vip', give: 1 })).toBe(1)
  expect(given('x', { kind: 'when', operator: 'is', value: 'vip', give: 1 })).toBe('x')
  expect(given(['a', 'vip'], { kind: 'when', operator: 'contains', value: 'VI', give: 1, otherwise: 0 })).toBe(1)
})

test('a text is cut where a character ends', () => {
  expect(given('ab👩‍👩‍👧c', { kind: 'truncate', length: 5 })).toBe('ab')
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 10 }), (text, length) => {
      const cut = String(given(text, { kind: 'truncate', length }))
      expect(cut.length).toBeLessThanOrEqual(length)
      expect(text.startsWith(cut)).toBe(true)
    }),
    runs,
  )
})

test('HTML becomes text', () => {
  expect(given('<p>Hello<br>there &amp; <b>you</b></p><!-- no -->', { kind: 'plain_text' })).toBe('Hello\nthere & you')
  expect(given('1 < 2 and 3 > 2', { kind: 'plain_text' })).toBe('1 < 2 and 3 > 2')
})
