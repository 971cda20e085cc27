import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HighLevelApi, HighLevelRequest } from '../../src/highlevel/api.ts'
import { findAppointment, listAppointments } from '../../src/highlevel/appointments.ts'
import { listCalendars, listFreeSlots } from '../../src/highlevel/calendars.ts'
import { getLocationPlace } from '../../src/highlevel/location-place.ts'
import { createNote, deleteNote, findNote, listNotes, updateNote } from '../../src/highlevel/notes.ts'
import { findOpportunity, searchOpportunities } from '../../src/highlevel/opportunities.ts'
import { listOpportunityFields } from '../../src/highlevel/opportunity-fields.ts'
import { listPipelines } from '../../src/highlevel/pipelines.ts'
import { findTask, listTasks, searchTasks } from '../../src/highlevel/tasks.ts'
import { createAppointment, deleteAppointment, updateAppointment } from '../../src/highlevel/write-appointment.ts'
import {
  createOpportunity,
  deleteOpportunity,
  setOpportunityStatus,
  updateOpportunity,
} from '../../src/highlevel/write-opportunity.ts'
import { createTask, deleteTask, setTaskCompleted, updateTask } from '../../src/highlevel/write-task.ts'
import { openApiAvailable, scopesOf } from '../support/openapi.ts'
import { type PlatformApi, startPlatformApi } from '../support/platform-api.ts'

let account: PlatformApi
let contactId: string
let spoken: HighLevelRequest[]
let api: HighLevelApi

beforeAll(async () => {
  account = await startPlatformApi()
  contactId = account.control.createContact(account.locationId, { name: 'Noa Levi' }).id
  spoken = []
  api = (request) => {
    spoken.push(request)
    return account.api(request)
  }
})
afterAll(() => account?.stop())

const START = '2026-12-01T09:15:00.000Z'

test('every call for activities is as documented, with the scope that the documents name for it', async () => {
  const { locationId } = account
  const task = await createTask(api, contactId, { title: 'Call', dueDate: START, completed: false, body: 'x' })
  const taskKey = { contactId, taskId: task.id }
  expect(await updateTask(api, taskKey, { title: 'Call again' })).toEqual({ ...task, title: 'Call again' })
  expect(await setTaskCompleted(api, taskKey, true)).toMatchObject({ completed: true })
  expect(await listTasks(api, contactId)).toEqual([await findTask(api, taskKey)])
  expect(await searchTasks(api, locationId, { contactId: [contactId] })).toHaveLength(1)
  expect([await deleteTask(api, taskKey), await deleteTask(api, taskKey)]).toEqual([true, false])

  const note = await createNote(api, contactId, { body: 'Prefers mornings', title: 'Times' })
  const noteKey = { contactId, noteId: note.id }
  expect(await updateNote(api, noteKey, { title: '' })).toEqual({ ...note, title: '' })
  expect(await listNotes(api, contactId)).toEqual([await findNote(api, noteKey)])
  expect([await deleteNote(api, noteKey), await deleteNote(api, noteKey)]).toEqual([true, false])

  const [calendar] = await listCalendars(api, locationId)
  const calendarId = calendar?.id ?? ''
  const zone = (await getLocationPlace(api, locationId)).zone ?? ''
  const from = account.control.now()
  const slots = await listFreeSlots(api, { calendarId, from, to: from + 90 * 86_400_000, zone })
  expect(slots).toEqual(slots.toSorted((one, other) => Date.parse(one) - Date.parse(other)))
  expect(Date.parse(slots.at(-1) ?? '') - from).toBeLessThanOrEqual(31 * 86_400_000)
  const when = { startTime: START, toNotify: false, ignoreFreeSlotValidation: true }
  const made = await createAppointment(api, { calendarId, locationId, contactId, ...when, description: 'x' })
  expect(made).toMatchObject({ contactId, calendarId, description: null })
  expect(await updateAppointment(api, made.id, { appointmentStatus: 'showed', toNotify: false })).toMatchObject({
    status: 'showed',
  })
  expect(await listAppointments(api, contactId)).toMatchObject([{ id: made.id, startTime: '2026-12-01 11:15:00' }])
  expect(await findAppointment(api, made.id)).toMatchObject({
    startTime: '2026-12-01T14:45:00+05:30',
    description: 'x',
  })
  expect([await deleteAppointment(api, made.id), await deleteAppointment(api, made.id)]).toEqual([true, false])

  const [pipeline] = await listPipelines(api, locationId)
  expect(pipeline).toMatchObject({ name: 'Sales', stages: [{ name: 'New lead' }, {}, {}, { name: 'Agreed' }] })
  const about = { locationId, contactId, pipelineId: pipeline?.id ?? '', name: 'Membership', status: 'open' } as const
  const opportunity = await createOpportunity(api, { ...about, monetaryValue: 12.5 })
  await updateOpportunity(api, opportunity.id, { monetaryValue: 13 })
  await setOpportunityStatus(api, opportunity.id, 'lost')
  const [found] = await searchOpportunities(api, locationId, { contactId, status: 'lost' })
  expect(found).toMatchObject({ id: opportunity.id, monetaryValue: 13, status: 'lost' })
  expect(await findOpportunity(api, opportunity.id)).toEqual(found)
  expect(await listOpportunityFields(api, locationId)).toEqual([])
  const { id } = opportunity
  expect([await deleteOpportunity(api, id), await deleteOpportunity(api, id)]).toEqual([true, false])

  if (openApiAvailable) {
    for (const { method, path, scope } of spoken) expect(scopesOf(method, path), `${method} ${path}`).toEqual([scope])
  }
  account.checkSpoken()
})

test('a search goes on page by page, and stops at five hundred', async () => {
  const many = account.control.createContact(account.locationId, { name: 'Many Deals' }).id
  for (let n = 0; n < 230; n++) account.control.createOpportunity(many, { name: `Deal ${n}` })
  const found = await searchOpportunities(api, account.locationId, { contactId: many })
  expect(new Set(found.map(({ name }) => name)).size).toBe(230)
  account.control.clearRequests()
  for (let n = 0; n < 300; n++) account.control.createOpportunity(many, { name: `Other deal ${n}` })
  expect(await searchOpportunities(api, account.locationId, { contactId: many })).toHaveLength(500)
  expect(account.control.requests()).toHaveLength(5)
})

test('an answer with odd fields costs those fields; one without its list or its id is not read', async () => {
  const fail = (path: string, body: object) => account.control.failNext({ path, kind: 'answer', status: 200, body })
  const odd = {
    id: 'o1',
    name: 7,
    monetaryValue: '12.50',
    contact: { id: 'c1' },
    status: null,
    customFields: [null, 3],
  }
  fail('/opportunities/o1', { opportunity: odd })
  expect(await findOpportunity(api, 'o1')).toMatchObject({
    ...{ id: 'o1', name: '', monetaryValue: 12.5, contactId: 'c1', status: null, customFields: [] },
  })
  fail('/opportunities/pipelines', { pipelines: [{ id: 'p1', name: null, stages: null }] })
  expect(await listPipelines(api, account.locationId)).toEqual([{ id: 'p1', name: '', stages: [] }])
  fail('/opportunities/search', { total: 0 })
  await expect(searchOpportunities(api, account.locationId, {})).rejects.toThrow('lacks or misstates: opportunities')
  fail('/calendars/c1/free-slots', { '2026-12-01': { slots: 'none' } })
  await expect(listFreeSlots(api, { calendarId: 'c1', from: 0, to: 1 })).rejects.toThrow('lacks or misstates: slots')
  fail(`/contacts/${contactId}/notes`, { notes: [{ body: 'x' }] })
  await expect(listNotes(api, contactId)).rejects.toThrow('lacks or misstates: notes.0.id')
  account.control.clearRequests()
})
