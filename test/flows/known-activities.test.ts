import { expect, test } from 'vitest'
import type { DeleteRule, SyncStep } from '../../src/connectors/flow-definition.ts'
import { PLATFORM_SIDE } from '../../src/flows/field-catalogue-store.ts'
import { knownFor } from '../../src/flows/known-for.ts'
import { validateDefinition } from '../../src/flows/validate-definition.ts'
import { platformFields } from '../../src/sync/sides/platform-side.ts'
import { syncDefinition } from '../support/bureau-account.ts'
import { bureauConnector } from '../support/bureau-connector.ts'

const THINGS = ['task', 'note', 'appointment', 'opportunity'] as const
const known = knownFor(
  bureauConnector(''),
  THINGS.map((object) => ({ side: PLATFORM_SIDE, object, fields: [...platformFields(object)], readAt: new Date() })),
)
const constants = { appointment: { calendarId: 'c1' }, opportunity: { pipelineId: 'p1' }, task: {}, note: {} }

const problemsOf = (definition: unknown): string[] => {
  const checked = validateDefinition(definition, known)
  return 'problems' in checked ? checked.problems.map(({ sentence }) => sentence) : []
}

test.each(THINGS)('an owner can have a %s kept in step both ways', (thing) => {
  expect(problemsOf(syncDefinition('out', thing))).toEqual([])
  expect(problemsOf(syncDefinition('back', thing, { constants: constants[thing] }))).toEqual([])
})

test('what the platform needs has to be set', () => {
  expect(problemsOf(syncDefinition('back', 'appointment'))).toEqual(['“Calendar” has to be set.'])
})

test('whose it is can be set by no row', () => {
  for (const [way, target] of [['out', 'contact'] as const, ['back', 'contactId'] as const]) {
    const definition = syncDefinition(way, 'task')
    const [step] = definition.enter as SyncStep[]
    const row = step?.rows[0] ?? expect.unreachable()
    const given = { ...definition, enter: [{ ...step, rows: [...(step?.rows ?? []), { ...row, target }] }] }
    expect(problemsOf(given)).toEqual(['“Contact” can be read only, not set.'])
  }
})

test('a deletion does only what can be done with an activity', () => {
  const rules: DeleteRule[] = [{ kind: 'delete' }, { kind: 'archive' }, { kind: 'tag', tag: 'gone' }]
  const refused = (way: 'out' | 'back', thing: (typeof THINGS)[number]): string[] =>
    rules.flatMap((onDelete) => problemsOf(syncDefinition(way, thing, { onDelete, constants: constants[thing] })))
  const [archived, tagged] = ['archived', 'tagged'].map(
    (verb) => (noun: string) => `“${noun}” cannot be ${verb} on the other side.`,
  )
  expect(refused('back', 'task')).toEqual([archived?.('task'), tagged?.('task')])
  expect(refused('out', 'note')).toEqual([archived?.('note'), tagged?.('note')])
  expect(refused('back', 'appointment')).toEqual([tagged?.('appointment')])
  expect(refused('back', 'opportunity')).toEqual([tagged?.('opportunity')])
})
