import { expect, test } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import type { FlowDefinition, MappingRow, SyncStep } from '../../src/connectors/flow-definition.ts'
import { changedParts } from '../../src/flows/changed-parts.ts'
import { type FieldChange, fieldChanges, isRightAgain } from '../../src/flows/field-changes.ts'
import { usedFields } from '../../src/flows/used-fields.ts'
import { warningSentence } from '../../src/flows/warning-sentence.ts'
import type { Field } from '../../src/lib/field.ts'
import { differingFields } from '../../src/sync/drift/differing-fields.ts'

const field = (change: Partial<Field> = {}): Field => ({ key: 'x', label: 'Size', type: 'option', ...change })
const sizes = field({ options: ['S', 'M', 'L'] })

const CASES: [string, Field | undefined, Partial<FieldChange>[]][] = [
  ['removed', undefined, [{ kind: 'removed' }]],
  ['made read-only', { ...sizes, readOnly: true }, [{ kind: 'read_only' }]],
  ['renamed', { ...sizes, label: 'Shoe' }, [{ kind: 'renamed', to: 'Shoe' }]],
  ['retyped', field({ type: 'number' }), [{ kind: 'retyped', from: 'option', to: 'number' }]],
  ['short of an option', { ...sizes, options: ['S', 'XL'] }, [{ kind: 'options_lost', options: ['M', 'L'] }]],
  ['the same', sizes, []],
  ['open to anything', field(), []],
  ['able to do more', { ...sizes, options: ['S', 'M', 'L', 'XL'] }, []],
]

test.each(CASES)('a field that is %s', (_what, now, expected) => {
  const changes = fieldChanges([sizes], now ? [now] : [])
  expect(changes).toMatchObject(expected.map((change) => ({ field: 'x', label: 'Size', ...change })))
  expect(changes).toHaveLength(expected.length)
  for (const change of changes) {
    expect(isRightAgain(change, now)).toBe(false)
    expect(isRightAgain(change, sizes)).toBe(true)
    const { kind, field: key, ...details } = change
    const warning = { flowId: 'f', kind, side: 's', object: 'contact', field: key, details, since: new Date() }
    expect(warningSentence(warning, 'ActiveTrail')).toMatch(/^The field “Size” .*ActiveTrail.*\.$/)
  }
})

const row = (target: string, source: string, change: Partial<MappingRow> = {}): MappingRow => ({
  ...{ target, source: { kind: 'field', field: source }, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
  ...change,
})

const sync: SyncStep = {
  ...{ id: 'sync', kind: 'sync', object: 'contact', consent: false, labels: { kind: 'none' }, creates: true },
  rows: [
    row('email', 'email'),
    row('city', 'x', { source: { kind: 'template', template: '{{ city }} {{ event.y }}' } }),
  ],
  branches: [
    {
      on: 'succeeded',
      steps: [
        {
          ...{ id: 'tell', kind: 'operation', operation: 'activetrail.gone', branches: [] },
          rows: [row('contact_id', 'steps.sync.id'), row('group_id', 'customFields.g')],
        },
      ],
    },
  ],
}

const definition: FlowDefinition = {
  trigger: 'highlevel.contact_changed',
  options: {},
  conditions: {
    match: 'and',
    conditions: [{ match: 'or', conditions: [{ field: 'tags', operator: 'has_any_of', value: ['vip'] }] }],
  },
  enter: [sync],
  leave: [],
  onDelete: { kind: 'nothing' },
}

test('what a flow uses: fields of records, on the side where they are', () => {
  const used = usedFields(definition, activeTrail).map(
    ({ side, object, field: key, use }) => `${use} ${side} ${object} ${key}`,
  )
  expect(used.sort()).toEqual([
    'read highlevel contact city',
    'read highlevel contact customFields.g',
    'read highlevel contact email',
    'read highlevel contact tags',
    'written partner contact city',
    'written partner contact email',
  ])
  const back = { ...definition, trigger: 'activetrail.contact_changed', conditions: null }
  const reversed = usedFields(back, activeTrail).map(({ side, use }) => `${use} ${side}`)
  expect(new Set(reversed)).toEqual(new Set(['read partner', 'written highlevel']))
})

test('what was changed in a definition is named, and no value of it', () => {
  const changed = structuredClone(definition)
  changed.onDelete = { kind: 'tag', tag: 'secret' }
  changed.enter = [
    { ...sync, consent: true, rows: [row('email', 'name'), row('phone', 'phone'), ...sync.rows.slice(1)] },
  ]
  expect(changedParts(definition, changed)).toEqual(['enter', 'onDelete', 'sync.email', 'sync.phone'])
  expect(changedParts(definition, structuredClone(definition))).toEqual([])
})

test('linked records differ where a mapping would write something else, however it is spelled', () => {
  const fields: Field[] = [
    { key: 'email', label: 'E-mail', type: 'email' },
    { key: 'phone', label: 'Phone', type: 'phone' },
    { key: 'city', label: 'City', type: 'text' },
    { key: 'note', label: 'Note', type: 'text' },
    { key: 'fixed', label: 'Fixed', type: 'text', readOnly: true },
  ]
  const rows = [
    ...[row('email', 'email'), row('phone', 'phone'), row('city', 'city'), row('fixed', 'city'), row('gone', 'city')],
    row('note', 'city', { policy: 'partner' }),
  ]
  const source = { email: 'Ada@Example.com', phone: '+4930123456', city: 'Lod' }
  const pair = { source, fields, around: { zone: 'UTC', country: 'DE' } }
  const same = { email: 'ada@example.com', phone: '030 123456', city: 'Lod', note: 'other', fixed: 'other' }
  expect(differingFields(rows, { ...pair, target: same }, 'partner')).toEqual([])
  expect(differingFields(rows, { ...pair, target: { ...same, city: 'Haifa', phone: null } }, 'partner')).toEqual([
    'phone',
    'city',
  ])
  expect(differingFields(rows, { ...pair, source: { ...source, city: null }, target: same }, 'partner')).toEqual([])
  expect(differingFields([row('city', 'city')], { ...pair, target: {} }, 'partner')).toEqual([])
})
