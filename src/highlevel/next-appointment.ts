import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { type Appointment, findAppointment, listAppointments } from './appointments.ts'
import { readLocalTime } from './local-time.ts'
import { getLocationPlace } from './location-place.ts'

const NO_ZONE = 'Your account has no time zone, so that the times of its appointments cannot be read. Choose one there.'

/**
 * The contact's next appointment that is not cancelled, in this calendar where one is named. The list says times by the
 * location's clock; the appointment itself, which is read then, by an offset.
 */
export async function findNextAppointment(
  api: HighLevelApi,
  {
    locationId,
    contactId,
    calendarId,
    now,
  }: { locationId: string; contactId: string; calendarId?: string; now: number },
): Promise<Appointment | undefined> {
  const { zone } = await getLocationPlace(api, locationId)
  if (!zone) throw new Trouble('rejected', { detail: NO_ZONE })
  const upcoming = (await listAppointments(api, contactId))
    .filter((one) => one.status !== 'cancelled' && (calendarId === undefined || one.calendarId === calendarId))
    .map(({ id, startTime }) => ({ id, at: readLocalTime(startTime ?? '', zone) ?? 0 }))
    .filter(({ at }) => at >= now - AN_HOUR_MS)
    .toSorted((one, other) => one.at - other.at)
  for (const { id } of upcoming.slice(0, MOST_READ)) {
    const one = await findAppointment(api, id)
    if (one && Date.parse(one.startTime ?? '') >= now) return one
  }
  return undefined
}

/** In the hour that a clock change repeats, the list may mean an hour later than it is read. */
const AN_HOUR_MS = 3_600_000
const MOST_READ = 5
