import type { HighLevelApi } from './api.ts'
import { type Appointment, appointment } from './appointments.ts'
import { ifThere } from './if-there.ts'
import { readWritten } from './read-answer.ts'

/** HighLevel docs: Create Appointment, the statuses that may be written; more may be read. */
export const APPOINTMENT_STATUSES = ['new', 'confirmed', 'cancelled', 'showed', 'noshow', 'invalid'] as const

/** What may be written to an appointment; times in ISO 8601 with an offset. */
export type AppointmentInput = {
  calendarId?: string | undefined
  startTime?: string | undefined
  endTime?: string | undefined
  title?: string | undefined
  appointmentStatus?: (typeof APPOINTMENT_STATUSES)[number] | undefined
  assignedUserId?: string | undefined
  /** Given, it is where they meet, whatever the calendar says. */
  address?: string | undefined
  description?: string | undefined
  /** False: no automation is started by it. */
  toNotify: boolean
  /** It is made also where the calendar has no free slot. */
  ignoreFreeSlotValidation?: boolean | undefined
}

export type NewAppointment = AppointmentInput & {
  calendarId: string
  locationId: string
  contactId: string
  startTime: string
}

const path = '/calendars/events/appointments'

/** HighLevel docs: Create Appointment. The answer is not wrapped, unlike that of reading one. */
export async function createAppointment(api: HighLevelApi, body: NewAppointment): Promise<Appointment> {
  const call = { method: 'POST', path, version: '2021-04-15', body } as const
  return readWritten(appointment, await api({ ...call, scope: 'calendars/events.write' }))
}

/** Writes what is given and leaves the rest (HighLevel docs: Update Appointment). */
export async function updateAppointment(api: HighLevelApi, id: string, body: AppointmentInput): Promise<Appointment> {
  const call = { method: 'PUT', path: `${path}/${encodeURIComponent(id)}`, version: '2021-04-15', body } as const
  return readWritten(appointment, await api({ ...call, scope: 'calendars/events.write' }))
}

/** False when it was gone already (HighLevel docs: Delete Event; it wants an empty object). */
export async function deleteAppointment(api: HighLevelApi, id: string): Promise<boolean> {
  const call = { method: 'DELETE', path: `/calendars/events/${encodeURIComponent(id)}`, body: {} } as const
  const gone = await ifThere(() => api({ ...call, version: '2021-04-15', scope: 'calendars/events.write' }))
  return gone !== undefined
}
