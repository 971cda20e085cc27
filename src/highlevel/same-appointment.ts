import type { HighLevelApi } from './api.ts'
import { type Appointment, findAppointment, listAppointments } from './appointments.ts'
import { readLocalTime } from './local-time.ts'
import { isSameMoment } from './same-moment.ts'

export type WantedAppointment = {
  contactId: string
  startTime: string
  calendarId?: string | undefined
  /** A cancelled appointment is none that still takes place, and the other way round. Both, where it is left out. */
  isCancelled?: boolean | undefined
}

/**
 * Appointments of the contact that begin at this moment: what a creation whose answer was lost would have made. The list names no
 * zone, so whatever could be meant in any zone is read for itself, and its own time, which has an offset, decides.
 */
export async function listSameAppointments(api: HighLevelApi, wanted: WantedAppointment): Promise<Appointment[]> {
  const near = (await listAppointments(api, wanted.contactId)).filter((one) => mayBeMeant(one, wanted))
  const found: Appointment[] = []
  for (const { id } of near) {
    const one = await findAppointment(api, id)
    if (one && isSameMoment(one.startTime, wanted.startTime)) found.push(one)
  }
  return found
}

/** The places of the earth that are furthest ahead of UTC are 14 hours ahead. */
const FURTHEST_MS = 15 * 3_600_000

function mayBeMeant({ calendarId, status, startTime }: Appointment, wanted: WantedAppointment): boolean {
  const at = readLocalTime(startTime ?? '', 'UTC')
  return (
    at !== undefined &&
    Math.abs(at - Date.parse(wanted.startTime)) <= FURTHEST_MS &&
    (wanted.calendarId === undefined || wanted.calendarId === calendarId) &&
    (wanted.isCancelled === undefined || wanted.isCancelled === (status === 'cancelled'))
  )
}
