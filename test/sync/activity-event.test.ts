import { expect, test } from 'vitest'
import type { PlatformEvent, Reading } from '../../src/flows/platform-event.ts'
import { Refusal } from '../../src/highlevel/refusal.ts'
import type { Task } from '../../src/highlevel/tasks.ts'
import { activityRecord, changeInsteadOf, placedEvent } from '../../src/sync/activity-event.ts'

const task: Task = {
  id: 't1',
  contactId: 'c1',
  title: 'Call',
  body: '',
  assignedTo: null,
  dueDate: '2026-12-01T13:00:00+02:00',
  completed: false,
  dateAdded: null,
}

const event = (more: Partial<PlatformEvent>): PlatformEvent => ({
  trigger: 'highlevel.task_created',
  object: 'task',
  recordId: 't1',
  contactId: null,
  at: 0,
  payload: {},
  leftOut: [],
  ...more,
})

const reading = (record: Task): Reading => ({ object: 'task', record })

test('a task, a note or a standing in a campaign goes by an id that names its contact, without being read', async () => {
  for (const object of ['task', 'note', 'campaign'] as const) {
    const read = async (): Promise<Reading> => {
      throw new Error('It was read.')
    }
    expect(await placedEvent(event({ object, contactId: 'c1', read }))).toMatchObject({ recordId: 'c1/t1' })
  }
  for (const object of ['opportunity', 'contact'] as const) {
    expect(await placedEvent(event({ object, contactId: 'c1' }))).toMatchObject({ recordId: 't1' })
  }
})

test('a new task whose event names no contact is read for it, once', async () => {
  let reads = 0
  const read = async (): Promise<Reading> => {
    reads += 1
    return reading(task)
  }
  const placed = await placedEvent(event({ read }))
  expect(placed).toMatchObject({ recordId: 'c1/t1', contactId: 'c1' })
  const record = await placed.read?.()
  expect(record).toEqual(reading(task))
  expect(reads).toBe(1)
})

test('one that cannot be read yet is tried again, one of another account goes on to be told so', async () => {
  const failing = (code: 'unavailable' | 'rejected', kind: 'other' | 'other_tenant') => async () => {
    throw new Refusal(kind, code, { detail: 'No.' })
  }
  await expect(placedEvent(event({ read: failing('unavailable', 'other') }))).rejects.toThrow('No.')
  expect(await placedEvent(event({ read: failing('rejected', 'other_tenant') }))).toMatchObject({ recordId: 't1' })
  const gone = { reason: 'The task no longer exists.' }
  expect(await placedEvent(event({ read: async () => gone }))).toMatchObject({ recordId: 't1', contactId: null })
  expect(await placedEvent(event({}))).toMatchObject({ recordId: 't1' })
})

test('what was deleted is a deletion to those who wait for changes; an appointment, when it is not found', async () => {
  const told = (object: PlatformEvent['object'], what: string): PlatformEvent =>
    event({ object, trigger: `highlevel.${object}_${what}` as PlatformEvent['trigger'] })
  for (const object of ['contact', 'task', 'note', 'opportunity'] as const) {
    expect(changeInsteadOf(told(object, 'deleted'))).toBe(`highlevel.${object}_changed`)
    expect(changeInsteadOf(told(object, 'changed'))).toBeUndefined()
  }
  expect(changeInsteadOf(told('user', 'deleted'))).toBeUndefined()
  const appointment = told('appointment', 'changed')
  const gone = { ...appointment, read: async () => ({ reason: 'The appointment no longer exists.' }) }
  expect(changeInsteadOf(await placedEvent(gone))).toBe('highlevel.appointment_changed')
  const there = { ...appointment, read: async () => reading(task) }
  expect(changeInsteadOf(await placedEvent(there))).toBeUndefined()
  const foreign = async (): Promise<Reading> => {
    throw new Refusal('other_tenant', 'rejected', { detail: 'No.' })
  }
  expect(changeInsteadOf(await placedEvent({ ...appointment, read: foreign }))).toBeUndefined()
})

test('a record is as its side has it, whichever id it goes by', () => {
  const fields = { title: 'Call', body: null, dueDate: '2026-12-01T11:00:00.000Z', completed: false }
  expect(activityRecord('c1/t1', { object: 'task', record: task })).toMatchObject({
    id: 'c1/t1',
    fields: { ...fields, contactId: 'c1' },
  })
  const lost = { ...task, contactId: null }
  expect(activityRecord('t1', { object: 'task', record: lost })).toMatchObject({
    id: 't1',
    fields: { contactId: null },
  })
  const note = { id: 'n1', contactId: 'c1', body: '<p>one</p><p>two</p>', title: '', userId: null, dateAdded: null }
  expect(activityRecord('c1/n1', { object: 'note', record: note }).fields).toMatchObject({ body: 'one\ntwo' })
  const opportunity = {
    ...{ id: 'o1', contactId: 'c1', name: 'Deal', status: 'open', monetaryValue: 4, pipelineId: 'p', source: null },
    ...{ pipelineStageId: 's', assignedTo: null, createdAt: null, updatedAt: '2026-12-01T11:00:00.000Z' },
    customFields: [
      { id: 'f1', value: 'A-1' },
      { id: 'f2', value: { url: 'x' } },
    ],
  }
  expect(activityRecord('o1', { object: 'opportunity', record: opportunity })).toMatchObject({
    id: 'o1',
    changedAt: Date.parse('2026-12-01T11:00:00.000Z'),
    fields: { contactId: 'c1', 'customFields.f1': 'A-1' },
  })
})
