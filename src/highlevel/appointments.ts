import { z } from 'zod'
import { isTrouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
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
  notes: string
  startTime: string | null
  endTime: string | null
  dateUpdated: string | null
}

const text = z.string().nullish().catch(null)

const eventAnswer = z.object({
  event: z.object({
    id: z.string().min(1),
    contactId: text,
    calendarId: text,
    title: text,
    appointmentStatus: text,
    assignedUserId: text,
    address: text,
    notes: text,
    startTime: text,
    endTime: text,
    dateUpdated: text,
  }),
})

/** Undefined when there is none (any more). */
export async function findAppointment(api: HighLevelApi, appointmentId: string): Promise<Appointment | undefined> {
  const path = `/calendars/events/appointments/${encodeURIComponent(appointmentId)}`
  try {
    const answer = await api({ method: 'GET', path, version: '2021-04-15', scope: 'calendars/events.readonly' })
    return readAppointment(readAnswer(eventAnswer, answer).event)
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}

const readAppointment = ({ appointmentStatus, ...read }: z.infer<typeof eventAnswer>['event']): Appointment => ({
  id: read.id,
  contactId: read.contactId ?? null,
  calendarId: read.calendarId ?? null,
  title: read.title ?? '',
  status: appointmentStatus ?? null,
  assignedUserId: read.assignedUserId ?? null,
  address: read.address ?? '',
  notes: read.notes ?? '',
  startTime: read.startTime ?? null,
  endTime: read.endTime ?? null,
  dateUpdated: read.dateUpdated ?? null,
})
