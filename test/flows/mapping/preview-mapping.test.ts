import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MappingRow } from '../../../src/connectors/flow-definition.ts'
import { mapFields } from '../../../src/flows/mapping/map-fields.ts'
import { previewMapping } from '../../../src/flows/mapping/preview-mapping.ts'
import type { Field } from '../../../src/lib/field.ts'
import { ANY_TRANSFORM, anyText, anyValues } from '../../support/field-values.ts'

const around = { zone: 'Asia/Jerusalem', country: 'IL' }

const row = (target: string, field: string, rest: Partial<MappingRow> = {}): MappingRow => ({
  ...{ target, source: { kind: 'field', field }, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
  ...rest,
})

test('each row is shown from what it reads to what becomes of its target', () => {
  const rows = [
    row('name', 'first', { transforms: [{ kind: 'trim' }, { kind: 'case', to: 'upper' }] }),
    row('age', 'years', {
      transforms: [
        { kind: 'number', decimal: '.', places: null },
        { kind: 'default', value: 1 },
      ],
    }),
    row('city', 'town', { whenBlank: 'erase' }),
    row('state', 'absent', { whenBlank: 'erase' }),
    row('phone', 'mobile'),
    row('phone', 'landline'),
  ]
  const sources = { first: ' dana ', years: 'many', town: '', mobile: '0501234567', landline: '031234567' }
  const targets: Field[] = [{ key: 'phone', label: 'Phone', type: 'phone' }]
  expect(previewMapping(rows, sources, around, targets)).toEqual([
    {
      target: 'name',
      sources: [{ field: 'first', value: ' dana ' }],
      steps: [
        { kind: 'source', value: ' dana ' },
        { kind: 'trim', value: 'dana' },
        { kind: 'case', value: 'DANA' },
      ],
      effect: 'written',
      result: 'DANA',
      problem: null,
    },
    {
      target: 'age',
      sources: [{ field: 'years', value: 'many' }],
      steps: [
        { kind: 'source', value: 'many' },
        { kind: 'number', problem: '“many” is not a number that can be read.' },
      ],
      effect: 'left_alone',
      problem: '“many” is not a number that can be read.',
    },
    expect.objectContaining({ target: 'city', effect: 'erased', result: null }),
    { target: 'state', sources: [{ field: 'absent' }], steps: [], effect: 'left_alone', problem: null },
    expect.objectContaining({ target: 'phone', effect: 'overruled', result: '+972501234567' }),
    expect.objectContaining({ target: 'phone', effect: 'written', result: '+97231234567' }),
  ])
})

test('a preview says what the mapping does', () => {
  const anyRow = fc.record({
    target: fc.constantFrom('a', 'b', '__proto__'),
    source: fc.oneof(
      fc.record({ kind: fc.constant('field' as const), field: fc.constantFrom('a', 'b', 'event.a') }),
      fc.record({ kind: fc.constant('template' as const), template: fc.oneof(anyText, fc.constant('{{ a }}{{ b }}')) }),
    ),
    transforms: fc.array(fc.oneof(...Object.values(ANY_TRANSFORM)), { maxLength: 3 }),
    whenBlank: fc.constantFrom('keep' as const, 'erase' as const),
    policy: fc.constant('merge' as const),
  })
  const targets: Field[] = [{ key: 'a', label: 'A', type: 'number' }]
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 4 }), anyValues, (rows, sources) => {
      const { values, problems } = mapFields(rows, sources, around, targets)
      const previewed = previewMapping(rows, sources, around, targets)
      const set = previewed.filter(({ effect }) => effect === 'written' || effect === 'erased')
      expect(Object.fromEntries(set.map(({ target, result }) => [target, result]))).toEqual(values)
      const told = previewed.flatMap(({ target, problem }) => (problem ? [{ target, sentence: problem }] : []))
      expect(told).toEqual(problems)
    }),
    { numRuns: 200, seed: 13 },
  )
})
