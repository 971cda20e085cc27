import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { MappingRow, MappingSource } from '../../../src/connectors/flow-definition.ts'
import { mapFields } from '../../../src/flows/mapping/map-fields.ts'
import { sourcesOf } from '../../../src/flows/mapping/sources-of.ts'
import type { Field, FieldType, FieldValue, FieldValues } from '../../../src/lib/field.ts'
import { ANY_TRANSFORM, anyText, anyValue, anyValues } from '../../support/field-values.ts'

const around = { zone: 'Asia/Jerusalem', country: 'IL' }

const row = (target: string, source: MappingSource | string, rest: Partial<MappingRow> = {}): MappingRow => ({
  target,
  source: typeof source === 'string' ? { kind: 'field', field: source } : source,
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
  ...rest,
})

const map = (rows: MappingRow[], sources: FieldValues, targets?: Field[]) => mapFields(rows, sources, around, targets)

afterEach(() => {
  expect(Object.getOwnPropertyNames({}.constructor.prototype)).not.toContain('polluted')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('targets are set from fields, several fields, constants and templates', () => {
  const rows = [
    row('a', 'firstName', { transforms: [{ kind: 'case', to: 'upper' }] }),
    row('b', { kind: 'fields', fields: ['firstName', 'lastName', 'city'], separator: ' ' }),
    row('c', { kind: 'constant', value: ['x'] }),
    row('d', { kind: 'template', template: 'Hi {{ firstName }}, {{ event.title | default: "you" }}' }),
  ]
  expect(map(rows, { firstName: ' Dana', lastName: 'Cohen', city: null })).toEqual({
    values: { a: ' DANA', b: 'Dana Cohen', c: ['x'], d: 'Hi  Dana, you' },
    problems: [],
  })
})

test('blank keeps or erases by the rule, absent never erases', () => {
  for (const blank of [null, '', ' \n\u00a0\u200f', [], ['', ' ']]) {
    expect(map([row('a', 'x')], { x: blank }).values).toEqual({})
    expect(map([row('a', 'x', { whenBlank: 'erase' })], { x: blank }).values).toEqual({ a: null })
  }
  const erasing = { whenBlank: 'erase', transforms: [{ kind: 'default', value: 'z' }] } as const
  const sources: MappingSource[] = [
    { kind: 'field', field: 'x' },
    { kind: 'fields', fields: ['x', 'y'], separator: '' },
    { kind: 'template', template: '{{ x }}' },
  ]
  for (const source of sources) {
    expect(map([row('a', source, { ...erasing, transforms: [] })], { z: '1' })).toEqual({ values: {}, problems: [] })
  }
  for (const zero of [0, false]) expect(map([row('a', 'x')], { x: zero }).values).toEqual({ a: zero })
})

test('of several fields one that was not read keeps the row back, one that an event does not tell does not', () => {
  const both = (fields: string[]): MappingRow => row('a', { kind: 'fields', fields, separator: ' ' })
  expect(map([both(['first', 'last'])], { first: 'Dana' }).values).toEqual({})
  expect(map([both(['first', 'event.x'])], { first: 'Dana' }).values).toEqual({ a: 'Dana' })
})

test('a step that cannot be done sets nothing, erases nothing and says so', () => {
  const toNumber = row('a', 'x', { transforms: [{ kind: 'number', decimal: '.', places: null }], whenBlank: 'erase' })
  expect(map([toNumber], { x: 'many' })).toEqual({
    values: {},
    problems: [{ target: 'a', sentence: '“many” is not a number that can be read.' }],
  })
})

test.each<[FieldType, FieldValue, FieldValue | 'refused']>([
  ['text', 5, '5'],
  ['text', ['a', 'b'], 'a, b'],
  ['number', '5', 5],
  ['number', '5,0', 'refused'],
  ['boolean', 'yes', true],
  ['boolean', 'maybe', 'refused'],
  ['date', '2026-05-01T22:00:00Z', '2026-05-02'],
  ['date', '1.5.2026', 'refused'],
  ['datetime', '2026-05-01', '2026-05-01T00:00:00+03:00'],
  ['phone', '050-1234567', '+972501234567'],
  ['phone', 'x', 'refused'],
  ['email', ' Dana@Example.com\u200e', 'Dana@Example.com'],
  ['email', 'dana@', 'refused'],
  ['email', 'a@b.c, d@e.f', 'refused'],
  ['option', 'HOT', 'Hot'],
  ['option', ['hot'], 'Hot'],
  ['option', 'warm', 'refused'],
  ['list', 'hot', ['Hot']],
  ['list', ['hot', 'Cold', 'HOT'], ['Hot', 'Cold']],
  ['list', ['hot', 'warm'], 'refused'],
])('a field of the type %s makes of %j: %j', (type, value, wanted) => {
  const options = type === 'option' || type === 'list' ? { options: ['Hot', 'Cold'] } : {}
  const { values, problems } = map([row('a', 'x')], { x: value }, [{ key: 'a', label: 'A', type, ...options }])
  if (wanted === 'refused') expect([values, problems]).toEqual([{}, [expect.objectContaining({ target: 'a' })]])
  else expect([values, problems]).toEqual([{ a: wanted }, []])
})

test('of two rows for one target the later one that sets something counts', () => {
  const rows = [row('sms', 'phone'), row('sms', 'mobile')]
  expect(map(rows, { phone: '1', mobile: '2' }).values).toEqual({ sms: '2' })
  expect(map(rows, { phone: '1', mobile: '' }).values).toEqual({ sms: '1' })
})

test('names that every object has are no fields', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    expect(map([row('x', key)], {}).values).toEqual({})
    expect(map([row('x', { kind: 'template', template: `{{ ${key} }}{{ a.${key} }}` })], {}).values).toEqual({})
  }
  const hostile: FieldValues = JSON.parse('{"__proto__": "polluted", "constructor": "c"}')
  expect(map([row('x', '__proto__')], hostile).values).toEqual({ x: 'polluted' })
  const { values, problems } = map([row('__proto__', 'constructor'), row('constructor', 'constructor')], hostile)
  expect(Object.keys(values)).toEqual([])
  expect(problems).toHaveLength(2)
})

test('what a value holds is data and never carried out', () => {
  const corpus = [
    '<%= 7*7 %>',
    '<%- include("/etc/passwd") %>',
    '{{ 7 | times: 7 }}',
    '{% assign a = 1 %}',
    '#{7*7}',
    '$'.concat('{7*7}'),
  ]
  const said = '{{constructor.constructor("return process")()}}'
  for (const text of [...corpus, said]) {
    const rows = [row('a', 'x'), row('b', { kind: 'template', template: '{{ x }}{{ x | append: x }}' })]
    expect(map(rows, { x: text }).values).toEqual({ a: text, b: text + text + text })
  }
})

test('a row names the fields that it reads', () => {
  const template =
    '{% if tags contains "vip" %}{{ event.title | append: lastName }}{% endif %}{% assign own = 1 %}{{ own }}'
  expect(sourcesOf(row('a', { kind: 'template', template })).sort()).toEqual(['event.title', 'lastName', 'tags'])
  expect(
    sourcesOf(row('a', { kind: 'template', template: '{{ customFields.3aB }}{{ customFields["x y"] }}' })),
  ).toEqual(['customFields.3aB', 'customFields.x y'])
  expect(sourcesOf(row('a', { kind: 'fields', fields: ['a', 'b', 'a'], separator: '' }))).toEqual(['a', 'b'])
  expect(sourcesOf(row('a', 'x'))).toEqual(['x'])
  expect(sourcesOf(row('a', { kind: 'template', template: '{{ broken' }))).toEqual([])
})

test('an option is also found by what it is called, unless two are', () => {
  const field: Field = { key: 'a', label: 'A', type: 'option', options: ['id1', 'id2', 'id3'] }
  const named = { ...field, optionNames: { id1: 'New', id2: 'Won', id3: 'won' } }
  expect(map([row('a', 'x')], { x: 'new ' }, [named]).values).toEqual({ a: 'id1' })
  expect(map([row('a', 'x')], { x: 'ID2' }, [named]).values).toEqual({ a: 'id2' })
  expect(map([row('a', 'x')], { x: 'Won' }, [named]).values).toEqual({})
})

test('a record that holds more than can be worked through is refused, and the rest of it is not', () => {
  const steps = Array<MappingRow['transforms'][number]>(20).fill({ kind: 'case', to: 'title' })
  const heavy = Array.from({ length: 50 }, (_, at) => row(`t${at}`, 'x', { transforms: steps }))
  const { values, problems } = map([row('first', 'y'), ...heavy, row('last', 'y')], { x: 'ab '.repeat(200), y: 'z' })
  expect(Object.keys(values)).toHaveLength(4)
  expect(values).toMatchObject({ first: 'z', last: 'z' })
  expect(problems.at(0)?.sentence).toMatch(/holds too much/)
})

test('whatever the rows and the record: nothing is thrown, and a target is set, left alone or told about', () => {
  const anySource: fc.Arbitrary<MappingSource> = fc.oneof(
    fc.record({ kind: fc.constant('field' as const), field: anyText }),
    fc.record({ kind: fc.constant('fields' as const), fields: fc.array(anyText), separator: anyText }),
    fc.record({ kind: fc.constant('constant' as const), value: anyValue }),
    fc.record({ kind: fc.constant('template' as const), template: anyText }),
  )
  const anyRow = fc.record({
    target: fc.oneof(fc.constantFrom('a', 'b'), anyText),
    source: anySource,
    transforms: fc.array(fc.oneof(...Object.values(ANY_TRANSFORM)), { maxLength: 4 }),
    whenBlank: fc.constantFrom('keep' as const, 'erase' as const),
  })
  const types: FieldType[] = ['text', 'number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option', 'list']
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 4 }), anyValues, fc.constantFrom(...types), (rows, sources, type) => {
      const targets = [{ key: 'a', label: 'A', type }]
      const { values, problems } = mapFields(rows, sources, around, targets)
      const known = new Set(rows.map(({ target }) => target))
      for (const key of [...Object.keys(values), ...problems.map(({ target }) => target)]) expect(known).toContain(key)
      const again = mapFields([row('a', 'a')], values, around, targets)
      if (values.a !== undefined && values.a !== null) expect(again.values.a).toEqual(values.a)
    }),
    { numRuns: 200, seed: 7 },
  )
})
