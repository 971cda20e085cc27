import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkRequest, checkResponse, openApiAvailable } from '../../support/openapi.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Answer, type Call, type RunningSandbox, startSandbox } from './start-sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let locationId: string
let contactId: string
let token: string

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
  locationId = sandbox.control.locations()[0]?.id ?? ''
  token = String((await sandbox.exchange(sandbox.control.installLocation(locationId))).body.access_token)
})
afterAll(async () => {
  await sandbox.stop()
  await receiver.stop()
})
beforeEach(async () => {
  contactId = sandbox.control.createContact(locationId, { name: 'Noa Levi' }).id
  await told()
})

/** What reached the app since the last look. */
async function told(): Promise<Record<string, unknown>[]> {
  await sandbox.control.webhooksSettled()
  return receiver.received.splice(0).map(({ body }) => body)
}

/** Makes the call and holds both sides of it against the documents. */
async function call(path: string, request: Call = {}): Promise<Answer> {
  sandbox.control.clearRequests()
  const answer = await sandbox.call(path, { token, ...request })
  const [received] = sandbox.control.requests()
  if (received && openApiAvailable) {
    expect(checkResponse({ ...received, status: answer.status, body: answer.body })).toEqual([])
    if (answer.status < 300) expect(checkRequest(received)).toEqual([])
  }
  return answer
}

const search = async (body: object): Promise<Record<string, unknown>[]> =>
  (await call(`/locations/${locationId}/tasks/search`, { body })).body.tasks as Record<string, unknown>[]

describe('tasks', () => {
  const newTask = { title: 'Call back', dueDate: '2026-12-01T11:00:00Z', completed: false, body: 'About the offer' }

  test('live with their contact, from creation to deletion', async () => {
    const tasks = `/contacts/${contactId}/tasks`
    const { status, body } = await call(tasks, { body: newTask })
    const task = body.task as { id: string }
    expect(status).toBe(201)
    expect(task).toEqual({ ...newTask, dueDate: '2026-12-01T11:00:00.000Z', id: task.id, contactId })
    expect((await call(`${tasks}/${task.id}`)).body.task).toEqual(task)
    expect((await call(tasks)).body.tasks).toEqual([task])

    await call(`${tasks}/${task.id}`, { method: 'PUT', body: { title: 'Call again' } })
    await call(`${tasks}/${task.id}/completed`, { method: 'PUT', body: { completed: true } })
    expect((await call(`${tasks}/${task.id}`)).body.task).toMatchObject({ title: 'Call again', completed: true })

    expect((await call(`${tasks}/${task.id}`, { method: 'DELETE' })).body.succeded).toBe(true)
    expect((await call(`${tasks}/${task.id}`)).status).toBe(404)
    expect((await call('/contacts/nobody/tasks')).status).toBe(400)
  })

  test('a change of a task is told by no event, its completion once', async () => {
    const task = sandbox.control.createTask(contactId, { ...newTask, assignedTo: 'u1' })
    sandbox.control.updateTask(task.id, { title: 'Another title' })
    sandbox.control.completeTask(task.id)
    sandbox.control.completeTask(task.id)
    sandbox.control.deleteTask(task.id)
    const events = await told()
    expect(events.map(({ type }) => type)).toEqual(['TaskCreate', 'TaskComplete', 'TaskDelete'])
    const [created, completed] = events
    expect(created).toMatchObject({ id: task.id, locationId, title: 'Call back', assignedTo: 'u1' })
    expect(created).not.toHaveProperty('contactId')
    expect(created).not.toHaveProperty('body')
    expect(completed).toMatchObject({ id: task.id, contactId, body: 'About the offer', title: 'Another title' })
    expect(completed).not.toHaveProperty('completed')
  })

  test('a new task can be told as documented', async () => {
    sandbox.control.setTaskHabits({ newTasks: 'as documented' })
    sandbox.control.createTask(contactId, newTask)
    expect(await told()).toMatchObject([{ type: 'TaskCreate', contactId, body: 'About the offer' }])
    sandbox.control.setTaskHabits({ newTasks: 'as seen' })
  })

  test('are found by contact, state, person and words, a page at a time', async () => {
    const other = sandbox.control.createContact(locationId, { name: 'Other Person' }).id
    for (let n = 0; n < 30; n++) sandbox.control.createTask(contactId, { title: `Task ${n}`, completed: n % 3 === 0 })
    sandbox.control.createTask(other, { title: 'Of another', assignedTo: 'u2' })
    expect(await search({ contactId: [contactId] })).toHaveLength(25)
    expect(await search({ contactId: [contactId], skip: 25 })).toHaveLength(5)
    expect(await search({ contactId: [contactId], completed: true })).toHaveLength(10)
    expect(await search({ assignedTo: ['u2'] })).toMatchObject([{ title: 'Of another', contactId: other }])
    expect(await search({ contactId: [contactId], query: 'task 29' })).toMatchObject([{ _id: expect.any(String) }])
    sandbox.control.setTaskHabits({ taskSearchId: 'id' })
    expect(await search({ query: 'Of another', limit: 1 })).toMatchObject([{ id: expect.any(String) }])
    sandbox.control.setTaskHabits({ taskSearchId: '_id' })
    expect((await call(`/locations/${locationId}/tasks/search`, { body: { page: 1 } })).status).toBe(422)
  })

  test('without title, date and completed none is made', async () => {
    const { status, body } = await call(`/contacts/${contactId}/tasks`, { body: { title: 'x' } })
    expect([status, body.message]).toEqual([422, ['dueDate should not be empty', 'completed should not be empty']])
  })

  test('go with their contact', async () => {
    const task = sandbox.control.createTask(contactId, newTask)
    sandbox.control.deleteContact(contactId)
    expect((await search({ query: task.title })).map(({ _id }) => _id)).not.toContain(task.id)
  })
})

test('notes live with their contact; their events name neither author nor title', async () => {
  const notes = `/contacts/${contactId}/notes`
  const input = { body: 'Prefers mornings', title: 'Times', userId: 'u1', pinned: true }
  const note = (await call(notes, { body: input })).body.note as { id: string }
  expect((await call(`${notes}/${note.id}`)).body.note).toMatchObject({ ...input, contactId })
  await call(`${notes}/${note.id}`, { method: 'PUT', body: { body: 'Prefers evenings' } })
  expect((await call(notes)).body.notes).toMatchObject([{ id: note.id, body: 'Prefers evenings' }])
  await call(`${notes}/${note.id}`, { method: 'DELETE' })
  expect((await call(`${notes}/${note.id}`)).status).toBe(404)

  const events = await told()
  expect(events.map(({ type }) => type)).toEqual(['NoteCreate', 'NoteUpdate', 'NoteDelete'])
  for (const event of events) {
    expect(event).toMatchObject({ id: note.id, contactId, locationId })
    expect(event).not.toHaveProperty('title')
    expect(event).not.toHaveProperty('userId')
  }
})

test('appointments are nested in their events, and their times have an offset or none', async () => {
  const { id } = sandbox.control.createAppointment(contactId, { startTime: '2026-12-01T09:00:00+05:30' })
  sandbox.control.updateAppointment(id, { appointmentStatus: 'cancelled' })
  const { body } = await call(`/calendars/events/appointments/${id}`, { version: '2021-04-15' })
  expect(body.event).toMatchObject({
    id,
    contactId,
    appointmentStatus: 'cancelled',
    startTime: '2026-12-01T09:00:00+05:30',
  })
  const listed = (await call(`/contacts/${contactId}/appointments`)).body.events
  expect(listed).toMatchObject([{ id, startTime: expect.stringMatching(/^2026-12-01 \d\d:\d\d:\d\d$/) }])
  sandbox.control.deleteAppointment(id)
  expect((await call(`/calendars/events/appointments/${id}`, { version: '2021-04-15' })).status).toBe(404)

  const events = await told()
  expect(events.map(({ type }) => type)).toEqual(['AppointmentCreate', 'AppointmentUpdate', 'AppointmentDelete'])
  for (const event of events) expect(event).toMatchObject({ locationId, appointment: { id, contactId } })
})
