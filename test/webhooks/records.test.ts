import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlatformEvent } from '../../src/flows/platform-event.ts'
import { findAppointment } from '../../src/highlevel/appointments.ts'
import type { EventKind } from '../../src/highlevel/events/event-kind.ts'
import { findNote } from '../../src/highlevel/notes.ts'
import { findOpportunity } from '../../src/highlevel/opportunities.ts'
import { findTask, searchTask, searchTasks } from '../../src/highlevel/tasks.ts'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'
import type { TakenEvent } from '../../src/webhooks/handlers/handler.ts'
import { appointmentReader, noteReader, opportunityReader, taskReader } from '../../src/webhooks/handlers/readers.ts'
import type { Reader } from '../../src/webhooks/handlers/take-record.ts'
import { type Line, startLine } from '../support/line.ts'
import { only } from '../support/only.ts'
import { apiOf } from '../tenants/api-of.ts'
import { type Installed, installed } from '../tenants/installed.ts'

let line: Line
let account: Installed
let contactId: string

beforeAll(async () => {
  line = await startLine()
  account = await installed(line, 0)
  contactId = line.highLevel.control.createContact(account.locationId, { name: 'Noa Levi' }).id
})
afterAll(() => line?.close())

const api = () => apiOf(line, account.tenantId)

/** The reading that a flow would be offered with the last event of this type. */
async function readingOf(
  reader: Reader,
  type: string,
  now = Date.now,
): Promise<ReturnType<NonNullable<PlatformEvent['read']>>> {
  const sent = line.highLevel.control.deliveries({ type, locationId: account.locationId }).at(-1)
  const event = readWebhook(Buffer.from(String(sent?.body)))
  if (!event?.recordId) throw new Error(`No ${type} was sent.`)
  const taken = only<TakenEvent>({
    ...account,
    event,
    kind: only<EventKind>({ type }),
    recordId: event.recordId,
    fields: event.payload,
    at: event.sentAt ?? 0,
  })
  const deps = only<Parameters<Reader>[0]>({ tenantApi: () => api(), now })
  const read = reader(deps, taken)
  if (!read) throw new Error('It cannot be read.')
  return read()
}

const later = (): number => Date.now() + 120_000

test('a new task, whose event names no contact, is found with its contact and body', async () => {
  const task = line.highLevel.control.createTask(contactId, { title: 'Call back', body: 'About the offer' })
  const seen = { id: task.id, contactId, title: 'Call back', body: 'About the offer', completed: false }
  expect(await readingOf(taskReader, 'TaskCreate')).toMatchObject({ record: seen })
  line.highLevel.control.setTaskHabits({ taskSearchId: 'id' })
  expect(await readingOf(taskReader, 'TaskCreate')).toMatchObject({ record: seen })
  line.highLevel.control.setTaskHabits({ taskSearchId: '_id' })
  line.highLevel.control.deleteTask(task.id)
  // The search may be behind: only later it is certain that the task is gone.
  await expect(readingOf(taskReader, 'TaskCreate')).rejects.toMatchObject({ code: 'unavailable', heals: true })
  expect(await readingOf(taskReader, 'TaskCreate', later)).toEqual({ reason: 'The task no longer exists.' })
})

test('a task whose contact is known is read by it', async () => {
  const task = line.highLevel.control.createTask(contactId, { title: 'Write' })
  line.highLevel.control.completeTask(task.id)
  expect(await readingOf(taskReader, 'TaskComplete')).toMatchObject({ record: { id: task.id, completed: true } })
  expect(await findTask(api(), { contactId, taskId: 'nobodysTask' })).toBeUndefined()
  expect(await findTask(api(), { contactId: 'nobody', taskId: task.id })).toBeUndefined()
})

test('a task is searched page by page, with its title and without', async () => {
  const { control } = line.highLevel
  const ids = Array.from({ length: 30 }, () => control.createTask(contactId, { title: 'Same title' }).id)
  const { locationId } = account
  for (const title of ['Same title', null]) {
    expect(await searchTask(api(), { locationId, taskId: String(ids.at(-1)), title })).toMatchObject({ id: ids.at(-1) })
  }
  expect(await searchTasks(api(), locationId, { contactId: [contactId], skip: 5 })).toHaveLength(25)
  expect(await searchTask(api(), { locationId, taskId: String(ids[0]), title: 'Another title' })).toBeUndefined()
})

test('a note is read with the author and the title that its event lacks', async () => {
  const note = line.highLevel.control.createNote(contactId, { body: '<p>Hello</p>', title: 'Talk', userId: 'u1' })
  expect(await readingOf(noteReader, 'NoteCreate')).toEqual({
    object: 'note',
    record: { id: note.id, contactId, body: '<p>Hello</p>', title: 'Talk', userId: 'u1', dateAdded: note.dateAdded },
  })
  line.highLevel.control.deleteNote(note.id)
  expect(await readingOf(noteReader, 'NoteDelete')).toEqual({ reason: 'The note no longer exists.' })
  expect(await findNote(api(), { contactId: 'nobody', noteId: note.id })).toBeUndefined()
})

test('an appointment is read anew, whatever its event calls itself', async () => {
  const { control } = line.highLevel
  const { id } = control.createAppointment(contactId, { title: 'Talk', startTime: '2026-12-01T09:00:00+05:30' })
  control.updateAppointment(id, { appointmentStatus: 'cancelled' })
  expect(await readingOf(appointmentReader, 'AppointmentCreate')).toMatchObject({
    record: { id, contactId, status: 'cancelled', startTime: '2026-12-01T09:00:00+05:30' },
  })
  control.deleteAppointment(id)
  const gone = { reason: 'The appointment no longer exists.' }
  expect(await readingOf(appointmentReader, 'AppointmentDelete')).toEqual(gone)
  // One that is called new may not be found yet: only later it is certain that it is gone.
  await expect(readingOf(appointmentReader, 'AppointmentCreate')).rejects.toMatchObject({ heals: true })
  expect(await readingOf(appointmentReader, 'AppointmentUpdate', later)).toEqual(gone)
  expect(await findAppointment(api(), 'nobodys')).toBeUndefined()
})

test('an opportunity is read anew after each of its events, with its contact', async () => {
  const { control } = line.highLevel
  const { id } = control.createOpportunity(contactId, { name: 'Membership', monetaryValue: 40 })
  const stage = control.pipelines(account.locationId)[0]?.stages[1]?.id ?? ''
  control.updateOpportunity(id, { pipelineStageId: stage, status: 'won', monetaryValue: 60, assignedTo: 'u1' })
  const record = { id, contactId, name: 'Membership', status: 'won', monetaryValue: 60, pipelineStageId: stage }
  for (const what of ['Create', 'Update', 'StageUpdate', 'StatusUpdate', 'MonetaryValueUpdate', 'AssignedToUpdate']) {
    expect(await readingOf(opportunityReader, `Opportunity${what}`)).toMatchObject({ record })
  }
  control.deleteOpportunity(id)
  expect(await readingOf(opportunityReader, 'OpportunityDelete')).toEqual({
    reason: 'The opportunity no longer exists.',
  })
  expect(await findOpportunity(api(), 'nobodys')).toBeUndefined()
})

test('a field that vanished or changed its type costs that field alone', async () => {
  const { control } = line.highLevel
  const task = { id: 't1', title: 7, body: null, completed: 'no', dueDate: '2026-12-01T11:00:00.000Z' }
  control.failNext({ path: `/contacts/${contactId}/tasks/t1`, kind: 'answer', status: 200, body: { task } })
  expect(await findTask(api(), { contactId, taskId: 't1' })).toEqual({
    ...{ id: 't1', contactId: null, title: '', body: '', assignedTo: null, completed: null, dateAdded: null },
    dueDate: '2026-12-01T11:00:00.000Z',
  })
  control.failNext({ path: `/contacts/${contactId}/tasks/t1`, kind: 'answer', status: 200, body: { task: { id: 7 } } })
  await expect(findTask(api(), { contactId, taskId: 't1' })).rejects.toThrow('lacks or misstates: task.id')
  const [path, tasks] = [
    `/locations/${account.locationId}/tasks/search`,
    [{ _id: 't1', title: 'Write' }, { title: 'No id' }],
  ]
  control.failNext({ path, kind: 'answer', status: 200, body: { tasks } })
  await expect(searchTasks(api(), account.locationId, {})).rejects.toThrow('lacks or misstates: tasks.1.id')
  const unknown = { statusCode: 400, message: 'Note with id n1 not found' }
  control.failNext({ path: `/contacts/${contactId}/notes/n1`, kind: 'answer', status: 400, body: unknown })
  expect(await findNote(api(), { contactId, noteId: 'n1' })).toBeUndefined()
  control.clearRequests() // bent answers are not held against the documents
})
