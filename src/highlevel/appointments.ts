import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { ifThere } from './if-there.ts'
import { readAnswer } from './read-answer.ts'

/** An appointment as HighLevel holds it now. Times are ISO 8601 with an offset (HighLevel docs: Calendar Events). */
export type Appointment = {
  id: string
  contactId: string | null
  calendarId: string | null
  title: string
  /** new, confirmed, cancelled, showed, noshow, invalid; `booked`, `active` and `completed` were seen too. */
  status: string | null
  assignedUserId: string | null
  address: string
  /** Null where it was not said: what answers a write does not say it. */
  description: string | null
  notes: string
  startTime: string | null
  endTime: string | null
  dateUpdated: string | null
}

const text = z.string().nullish().catch(null)

export const appointment = z
  .object({
    id: z.string().min(1),
    contactId: text,
    calendarId: text,
    title: text,
    appointmentStatus: text,
    assignedUserId: text,
    address: text,
    description: text,
    notes: text,
    startTime: text,
    endTime: text,
    dateUpdated: text,
  })
  .transform(
    ({ appointmentStatus, ...read }): Appointment => ({
      id: read.id,
      contactId: read.contactId ?? null,
      calendarId: read.calendarId ?? null,
      title: read.title ?? '',
      status: appointmentStatus ?? null,
      assignedUserId: read.assignedUserId ?? null,
      address: read.address ?? '',
      description: read.description ?? null,
      notes: read.notes ?? '',
      startTime: read.startTime ?? null,
      endTime: read.endTime ?? null,
      dateUpdated: read.dateUpdated ?? null,
    }),
  )

const eventAnswer = z.object({ event: appointment })
const eventsAnswer = z.object({ events: z.array(appointment) })

/** Undefined when there is none (any more) (HighLevel docs: Get Appointment). */
export const findAppointment = (api: HighLevelApi, appointmentId: string): Promise<Appointment | undefined> =>
  ifThere(async () => {
    const path = `/calendars/events/appointments/${encodeURIComponent(appointmentId)}`
    const answer = await api({ method: 'GET', path, version: '2021-04-15', scope: 'calendars/events.readonly' })
    return readAnswer(eventAnswer, answer).event
  })

/**
 * All appointments of a contact: there are no pages (HighLevel docs: Get Appointments for Contact). Here, and only here, times
 * name no zone: `local-time.ts` reads them.
 */
export async function listAppointments(api: HighLevelApi, contactId: string): Promise<Appointment[]> {
  const path = `/contacts/${encodeURIComponent(contactId)}/appointments`
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
  return readAnswer(eventsAnswer, answer).events
}
