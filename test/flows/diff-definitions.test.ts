import { expect, test } from 'vitest'
import type { FlowDefinition, MappingRow, SyncStep } from '../../src/connectors/flow-definition.ts'
import { diffDefinitions } from '../../src/flows/diff-definitions.ts'

const row = (target: string, field: string, rest: Partial<MappingRow> = {}): MappingRow => ({
  ...{ target, source: { kind: 'field', field }, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
  ...rest,
})

const sync = (rest: Partial<SyncStep> = {}): SyncStep => ({
  ...{ kind: 'sync', id: 'sync', object: 'contact', rows: [row('email', 'email'), row('city', 'city')], branches: [] },
  ...{ consent: true, labels: { kind: 'none' }, creates: true },
  ...rest,
})

const flow = (rest: Partial<FlowDefinition> = {}): FlowDefinition => ({
  ...{ trigger: 'highlevel.contact_changed', options: {}, conditions: null },
  ...{ enter: [sync()], leave: [], onDelete: { kind: 'nothing' } },
  ...rest,
})

const sentences = (before: FlowDefinition, after: FlowDefinition): string[] =>
  diffDefinitions(before, after, (step, target) => `${step}:${target}`).map(({ sentence }) => sentence)

test('two versions that say the same do not differ', () => {
  const reordered = Object.fromEntries(Object.entries(flow()).toReversed()) as FlowDefinition
  expect(diffDefinitions(flow(), reordered)).toEqual([])
})

test('rows that came, went and changed are told with what they were', () => {
  const changed = row('email', 'contact.email', { whenBlank: 'erase' })
  const found = diffDefinitions(flow(), flow({ enter: [sync({ rows: [changed, row('zip', 'zip')] })] }))
  expect(found).toEqual([
    {
      ...{ change: 'changed', step: 'sync', target: 'email', before: row('email', 'email'), after: changed },
      sentence: '“email” is set otherwise: from another source, another rule for what is empty.',
    },
    expect.objectContaining({ change: 'added', target: 'zip', before: null, sentence: '“zip” is set now.' }),
    expect.objectContaining({
      change: 'removed',
      target: 'city',
      after: null,
      sentence: '“city” is not set any more.',
    }),
  ])
})

test('steps that came, went, changed or moved are told, also in branches', () => {
  const other = sync({ id: 'other', rows: [row('a', 'a')] })
  const within = sync({ branches: [{ on: 'failed', steps: [other] }] })
  expect(sentences(flow(), flow({ enter: [within] }))).toEqual(['The step “other” was added.', '“other:a” is set now.'])
  expect(sentences(flow({ enter: [within] }), flow({ enter: [sync(), other] }))).toEqual([
    'The step “other” was moved.',
  ])
  expect(sentences(flow({ enter: [within] }), flow())).toEqual(['The step “other” was removed.'])
  expect(sentences(flow(), flow({ enter: [sync({ consent: false })] }))).toEqual(['The step “sync” was changed.'])
})

test('the trigger, its settings, the conditions and deletions are told', () => {
  const after = flow({
    trigger: 'highlevel.contact_created',
    options: { a: 'b' },
    conditions: { match: 'and', conditions: [] },
    onDelete: { kind: 'archive' },
  })
  expect(sentences(flow(), after)).toEqual([
    'The flow is started by something else.',
    'The settings of the trigger were changed.',
    'The conditions were changed.',
    'What a deletion does was changed.',
  ])
})
