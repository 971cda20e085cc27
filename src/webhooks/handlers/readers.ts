import type { Reading } from '../../flows/platform-event.ts'
import { findAppointment } from '../../highlevel/appointments.ts'
import { findNote } from '../../highlevel/notes.ts'
import { findOpportunity } from '../../highlevel/opportunities.ts'
import { findTask, searchTask, type Task } from '../../highlevel/tasks.ts'
import { Trouble } from '../../lib/trouble.ts'
import type { Reader } from './take-record.ts'

/** The search for tasks, or the answer to a question by id, may be so far behind. */
const SEARCH_LAG_MS = 60_000

/** By its contact; a new one's event names none (issue 332), so that one is searched. */
export const taskReader: Reader = ({ tenantApi, now }, { tenantId, event, recordId, fields, at }) => {
  const api = tenantApi(tenantId)
  const { contactId, locationId } = event
  if (contactId) return async () => taskReading(await findTask(api, { contactId, taskId: recordId }))
  if (!locationId) return undefined
  const title = typeof fields.title === 'string' ? fields.title : null
  return async () => {
    const task = await searchTask(api, { locationId, taskId: recordId, title })
    if (!task && now() - at < SEARCH_LAG_MS) throw new Trouble('unavailable', { detail: NOT_YET_FOUND })
    return taskReading(task)
  }
}

const taskReading = (record: Task | undefined): Reading => (record ? { object: 'task', record } : gone('task'))

const NOT_YET_FOUND = 'The platform does not find the new task yet.'

export const noteReader: Reader = ({ tenantApi }, { tenantId, event: { contactId }, recordId }) =>
  contactId === null
    ? undefined
    : async () => {
        const record = await findNote(tenantApi(tenantId), { contactId, noteId: recordId })
        return record ? { object: 'note', record } : gone('note')
      }

/** One that is gone counts as deleted, so that what calls itself anything else is not believed to be gone at once. */
export const appointmentReader: Reader =
  ({ tenantApi, now }, { tenantId, kind, recordId, at }) =>
  async () => {
    const record = await findAppointment(tenantApi(tenantId), recordId)
    if (record) return { object: 'appointment', record }
    if (kind.type !== 'AppointmentDelete' && now() - at < SEARCH_LAG_MS)
      throw new Trouble('unavailable', { detail: 'The platform does not find the appointment yet.' })
    return gone('appointment')
  }

/** Its events leave out the account's own fields, and a value that was emptied; and the contact is on the record. */
export const opportunityReader: Reader =
  ({ tenantApi }, { tenantId, recordId }) =>
  async () => {
    const record = await findOpportunity(tenantApi(tenantId), recordId)
    return record ? { object: 'opportunity', record } : gone('opportunity')
  }

const gone = (noun: string): Reading => ({ reason: `The ${noun} no longer exists.` })
