import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { MappingRow, MappingSource } from '../../src/connectors/flow-definition.ts'
import { type Account, openAccount } from '../support/account.ts'
import { addEventFlow, rowOf } from '../support/event-flow.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

/** From a webhook about an activity to what a flow does with it, with everything in between. */

let line: Line
let account: Account
let contactId: string

beforeAll(async () => {
  line = await startLine()
  account = await openAccount(line, 0)
})
afterAll(() => line?.close())
beforeEach(async () => {
  contactId = line.highLevel.control.createContact(account.locationId, { firstName: 'Noa' }).id
  await account.settled()
})

const field = (name: string): MappingSource => ({ kind: 'field', field: name })

const addFlow = (name: string, trigger: string, operation: string, rows: MappingRow[]): Promise<string> =>
  addEventFlow(line, account, { name, trigger, operation, rows })

test('an opportunity that moves makes a task for its contact, once, although the answer is lost', async () => {
  const { control } = line.highLevel
  await addFlow('Follow up', 'highlevel.opportunity_stage_changed', 'highlevel.create_task', [
    rowOf('contactId', field('contactId')),
    rowOf('title', field('name')),
    rowOf('dueDate', { kind: 'constant', value: '2026-12-01T11:00:00Z' }),
  ])
  const { id } = control.createOpportunity(contactId, { name: 'Membership' })
  await account.settled()
  control.failNext({ path: '/tasks', method: 'POST', kind: 'lost answer' })
  const stage = control.pipelines(account.locationId)[0]?.stages[2]?.id ?? ''
  control.updateOpportunity(id, { pipelineStageId: stage })
  const stateOfMove = async (): Promise<string | undefined> =>
    (await account.deliveries()).find(({ type }) => type === 'OpportunityStageUpdate')?.state
  await eventually(stateOfMove, (state) => state === 'done', 20_000)
  expect(control.tasks(contactId)).toMatchObject([{ title: 'Membership', dueDate: '2026-12-01T11:00:00.000Z' }])
})

test('a new task, whose event names no contact, comes to its flow with it', async () => {
  const { control } = line.highLevel
  await addFlow('Note new tasks', 'highlevel.task_created', 'highlevel.create_note', [
    rowOf('contactId', field('contactId')),
    rowOf('body', field('title')),
  ])
  control.createTask(contactId, { title: 'Call back' })
  await eventually(
    async () => control.notes(contactId),
    (notes) => notes.length > 0,
    20_000,
  )
  await account.settled()
  expect(control.notes(contactId)).toMatchObject([{ body: 'Call back' }])
})
