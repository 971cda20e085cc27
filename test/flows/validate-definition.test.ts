import fc from 'fast-check'
import { expect, test } from 'vitest'
import type {
  Condition,
  FlowDefinition,
  MappingRow,
  OperationStep,
  SyncStep,
} from '../../src/connectors/flow-definition.ts'
import type { KnownFields } from '../../src/flows/known-fields.ts'
import { validateDefinition } from '../../src/flows/validate-definition.ts'
import type { Field } from '../../src/lib/field.ts'
import { ANY_TRANSFORM, anyText } from '../support/field-values.ts'

const text = (key: string, rest: Partial<Field> = {}): Field => ({ key, label: key, type: 'text', ...rest })

const platform = {
  canSync: true,
  canDelete: false,
  canArchive: false,
  canTag: true,
  fields: [
    text('email', { type: 'email' }),
    text('firstName'),
    text('born', { type: 'date' }),
    text('customFields.3aB', { type: 'number' }),
    text('kind', { type: 'option', options: ['lead', 'customer'] }),
    text('vip', { type: 'boolean' }),
  ],
}

const partner = {
  canSync: true,
  canDelete: true,
  canArchive: false,
  canTag: true,
  fields: [
    text('email', { type: 'email', required: true, label: 'E-mail' }),
    text('first_name', { label: 'First name' }),
    text('score', { type: 'number', label: 'Score' }),
    text('group', { type: 'option', options: ['A', 'B'], label: 'Group' }),
    text('id', { readOnly: true, label: 'Id' }),
  ],
}

const known: KnownFields = {
  triggers: [
    {
      key: 'highlevel.contact_changed',
      name: 'Contact changed',
      side: 'highlevel',
      object: 'contact',
      options: [],
      fields: [text('title')],
    },
    {
      key: 'activetrail.opened',
      name: 'Campaign opened',
      side: 'partner',
      object: 'contact',
      options: [text('campaign', { required: true, label: 'Campaign' })],
      fields: [text('link')],
    },
    { key: 'highlevel.note_created', name: 'Note created', side: 'highlevel', object: 'note', options: [], fields: [] },
  ],
  objects: [
    { key: 'contact', name: 'Contact', highlevel: platform, partner },
    { key: 'note', name: 'Note', highlevel: { ...platform, fields: [text('body')] }, partner: null },
  ],
  operations: [
    {
      key: 'highlevel.create_task',
      name: 'Create a task',
      fields: [text('title', { required: true, label: 'Title' }), text('dueDate', { type: 'datetime', label: 'Due' })],
    },
  ],
}

const row = (target: string, source: MappingRow['source'] | string, rest: Partial<MappingRow> = {}): MappingRow => ({
  target,
  source: typeof source === 'string' ? { kind: 'field', field: source } : source,
  ...{ transforms: [], whenBlank: 'keep', policy: 'last_writer' },
  ...rest,
})

const template = (template: string): MappingRow['source'] => ({ kind: 'template', template })

const sync = (rest: Partial<SyncStep> = {}): SyncStep => ({
  ...{ kind: 'sync', id: 'sync', object: 'contact', rows: [row('email', 'email')], branches: [] },
  ...{ consent: true, labels: { kind: 'none' }, creates: true },
  ...rest,
})

const task = (rest: Partial<OperationStep> = {}): OperationStep => ({
  ...{
    kind: 'operation',
    id: 'task',
    operation: 'highlevel.create_task',
    rows: [row('title', 'firstName')],
    branches: [],
  },
  ...rest,
})

const flow = (rest: Partial<FlowDefinition> = {}): FlowDefinition => ({
  ...{ trigger: 'highlevel.contact_changed', options: {}, conditions: null },
  ...{ enter: [sync()], leave: [], onDelete: { kind: 'nothing' } },
  ...rest,
})

const asked = (condition: Condition): Partial<FlowDefinition> => ({
  conditions: { match: 'and', conditions: [condition] },
})

const withRow = (added: MappingRow): Partial<FlowDefinition> => ({
  enter: [sync({ rows: [row('email', 'email'), added] })],
})

test('a definition that can be carried out comes back as it is', () => {
  const definition = flow({
    conditions: {
      match: 'or',
      conditions: [
        { field: 'tags', operator: 'was_added', value: 'vip' },
        { match: 'and', conditions: [{ field: 'kind', operator: 'is_one_of', value: ['Lead'] }] },
      ],
    },
    enter: [
      sync({
        rows: [
          row('email', 'email'),
          row('first_name', template('{{ firstName }} {{ event.title }}')),
          row('score', 'customFields.3aB'),
          row('group', { kind: 'constant', value: 'a' }),
        ],
        branches: [{ on: 'failed', steps: [task({ rows: [row('title', 'steps.sync.id')] })] }],
      }),
    ],
    leave: [task({ id: 'later', rows: [row('title', 'contact.firstName'), row('dueDate', 'born')] })],
    onDelete: { kind: 'delete' },
  })
  expect(validateDefinition(definition, known)).toEqual({ definition, hints: [] })
})

test('a value that may be of the wrong type is a hint', () => {
  const found = validateDefinition(flow(withRow(row('score', 'firstName'))), known)
  const sentence = '“Score” holds a number: where the value is none, the field is left alone.'
  expect(found).toMatchObject({ hints: [{ path: 'enter.0.rows.1.source', sentence }] })
  const read = row('score', 'firstName', { transforms: [{ kind: 'number', decimal: ',', places: 2 }] })
  expect(validateDefinition(flow(withRow(read)), known)).toMatchObject({ hints: [] })
})

const number = { kind: 'number', decimal: '.', places: null } as const

test.each<[string, Partial<FlowDefinition>, string, RegExp]>([
  ['a trigger that is not known', { trigger: 'highlevel.nothing' }, 'trigger', /what starts/],
  ['a setting that is missing', { trigger: 'activetrail.opened' }, 'options.campaign', /has to be chosen/],
  ['a setting that is not known', { options: { x: 'y' } }, 'options.x', /no setting/],
  ['no steps', { enter: [] }, 'enter', /what this flow does/],
  ['too many steps', { enter: Array.from({ length: 26 }, (_, at) => task({ id: `t${at}` })) }, 'enter', /at most 25/],
  ['a name twice', { leave: [sync()] }, 'leave.0.id', /called “sync”/],
  [
    'an object that is missing there',
    { trigger: 'highlevel.note_created', enter: [sync({ object: 'note' })] },
    'enter.0.object',
    /both sides/,
  ],
  ['an object of another trigger', { trigger: 'highlevel.note_created' }, 'enter.0.object', /does not tell/],
  ['an unknown operation', { enter: [task({ operation: 'x.y' })] }, 'enter.0.operation', /no action/],
  ['an unknown target', withRow(row('nope', 'email')), 'enter.0.rows.1.target', /no field “nope”/],
  ['a target that is read only', withRow(row('id', 'email')), 'enter.0.rows.1.target', /read only/],
  ['an unknown source', withRow(row('first_name', 'nope')), 'enter.0.rows.1.source', /no field “nope”/],
  ['a result of a later step', withRow(row('first_name', 'steps.sync.id')), 'enter.0.rows.1.source', /no field/],
  [
    'an unknown field in a template',
    withRow(row('first_name', template('{{ nope }}'))),
    'enter.0.rows.1.source',
    /no field/,
  ],
  ['a broken template', withRow(row('first_name', template('{{ x'))), 'enter.0.rows.1.source', /not closed/],
  ['an unknown filter', withRow(row('first_name', template('{{ email | nope }}'))), 'enter.0.rows.1.source', /nope/],
  ['types that never fit', withRow(row('score', 'email')), 'enter.0.rows.1.source', /holds a number/],
  [
    'a step for another type',
    withRow(row('score', 'vip', { transforms: [number] })),
    'enter.0.rows.1.transforms.0',
    /yes or no/,
  ],
  [
    'an option that is none',
    withRow(row('group', { kind: 'constant', value: 'C' })),
    'enter.0.rows.1.source',
    /options/,
  ],
  ['a target twice', withRow(row('email', 'email')), 'enter.0.rows.1.target', /another rule/],
  ['a required field that is not set', { enter: [sync({ rows: [] })] }, 'enter.0.rows', /“E-mail” has to be set/],
  ['a required input that is not set', { enter: [task({ rows: [] })] }, 'enter.0.rows', /“Title” has to be set/],
  [
    'an unknown field in a condition',
    asked({ field: 'x', operator: 'is', value: 'y' }),
    'conditions.conditions.0.field',
    /no field/,
  ],
  [
    'an operator of another type',
    asked({ field: 'vip', operator: 'is_before', value: null }),
    'conditions.conditions.0.operator',
    /yes or no/,
  ],
  [
    'a number that is none',
    asked({ field: 'customFields.3aB', operator: 'is_more_than', value: 'x' }),
    'conditions.conditions.0.value',
    /number/,
  ],
  [
    'a date that is none',
    asked({ field: 'born', operator: 'is_after', value: '1.5.2026' }),
    'conditions.conditions.0.value',
    /date/,
  ],
  [
    'nothing to compare with',
    asked({ field: 'email', operator: 'contains', value: ' ' }),
    'conditions.conditions.0.value',
    /compared/,
  ],
  [
    'an option that is none in a condition',
    asked({ field: 'kind', operator: 'is', value: 'x' }),
    'conditions.conditions.0.value',
    /options/,
  ],
  [
    'a deletion that cannot be done',
    { trigger: 'activetrail.opened', options: { campaign: '1' }, onDelete: { kind: 'delete' } },
    'onDelete',
    /deleted/,
  ],
  ['an archiving that cannot be done', { onDelete: { kind: 'archive' } }, 'onDelete', /archived/],
])('%s is a problem', (_, rest, path, sentence) => {
  const found = validateDefinition(flow(rest), known)
  expect(found).toMatchObject({ problems: [{ path, sentence: expect.stringMatching(sentence) }] })
})

test('branches and groups are nested five deep at most, and a result has one branch', () => {
  const nested = (depth: number): OperationStep =>
    task({ id: `t${depth}`, branches: depth > 1 ? [{ on: 'failed', steps: [nested(depth - 1)] }] : [] })
  expect(validateDefinition(flow({ enter: [nested(5)] }), known)).toHaveProperty('definition')
  expect(validateDefinition(flow({ enter: [nested(6)] }), known)).toMatchObject({
    problems: [{ sentence: expect.stringMatching(/5 deep/) }],
  })
  const twice = task({
    branches: [
      { on: 'failed', steps: [] },
      { on: 'failed', steps: [] },
    ],
  })
  expect(validateDefinition(flow({ enter: [twice] }), known)).toMatchObject({
    problems: [{ path: 'enter.0.branches.1.on' }],
  })
})

const malformed: [string, unknown, string | RegExp][] = [
  ['no object', null, ''],
  ['something else in it', { ...flow(), extra: 1 }, ''],
  [
    'an unknown transform',
    flow(withRow(row('first_name', 'email', { transforms: [{ kind: 'eval' } as never] }))),
    /transforms\.0/,
  ],
  [
    'a pattern that is none',
    flow(withRow(row('first_name', 'born', { transforms: [{ kind: 'date', from: 'iso', to: '%d', zone: null }] }))),
    /\.to$/,
  ],
  [
    'a zone that is none',
    flow(withRow(row('first_name', 'born', { transforms: [{ kind: 'date', from: 'iso', to: 'date', zone: 'X/Y' }] }))),
    /\.zone$/,
  ],
  ['a target that every object has', flow(withRow(row('__proto__', 'email'))), 'enter.0.rows.1.target'],
  ['a text that is too long', flow(withRow(row('first_name', template('x'.repeat(10_001))))), /template$/],
  [
    'a crowd of comparisons in a template',
    flow(
      withRow(row('first_name', template(`{% if first_name${' or first_name'.repeat(70)} %}x{% endif %}`.repeat(9)))),
    ),
    'enter.0.rows.1.source',
  ],
  ['what cannot be stored', flow(withRow(row('first_name', { kind: 'constant', value: 'a\0' }))), /value$/],
  [
    'too many rows',
    flow({ enter: [sync({ rows: Array.from({ length: 201 }, (_, at) => row(`r${at}`, 'email')) })] }),
    'enter.0.rows',
  ],
  ['a step that is none', flow({ enter: [{ kind: 'shell', id: 'x' } as never] }), /^enter\.0/],
  ['a number that is none', flow(withRow(row('score', { kind: 'constant', value: Number.NaN }))), /value$/],
  ['a name of a step with more than letters', flow({ enter: [task({ id: 'a.b' })] }), 'enter.0.id'],
]

test.each(malformed)('%s is no definition, and the place is told', (_, definition, path) => {
  const found = validateDefinition(definition, known)
  const place = typeof path === 'string' ? path : expect.stringMatching(path)
  expect(found).toMatchObject({ problems: [{ path: place, sentence: expect.stringMatching(/^[A-Z].*\.$/) }] })
})

test('what is nested or repeated without end is refused, not tried', () => {
  let deep: unknown = []
  for (let depth = 0; depth < 100_000; depth += 1) deep = { match: 'or', conditions: [deep] }
  expect(validateDefinition({ ...flow(), conditions: deep }, known)).toMatchObject({
    problems: [{ sentence: expect.stringMatching(/nested/) }],
  })
  const wide = { ...flow(), options: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 1])) }
  expect(validateDefinition(wide, known)).toMatchObject({
    problems: [{ sentence: expect.stringMatching(/too large/) }],
  })
})

test('whatever is sent, nothing is thrown and no prototype changes', () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
  validateDefinition({ ...flow(), ...hostile, options: hostile }, known)
  validateDefinition(JSON.parse('{"__proto__": {"trigger": "highlevel.contact_changed"}}'), known)
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.object()),
      fc.oneof(...Object.values(ANY_TRANSFORM)),
      anyText,
      (json, transform, name) => {
        for (const part of ['trigger', 'options', 'conditions', 'enter', 'leave', 'onDelete']) {
          expect(Object.keys(validateDefinition({ ...flow(), [part]: json }, known))[0]).toMatch(/problems|definition/)
        }
        validateDefinition(flow(withRow(row(name, name, { transforms: [transform] }))), known)
      },
    ),
    { numRuns: 100, seed: 17 },
  )
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
