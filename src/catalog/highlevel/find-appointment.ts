import { z } from 'zod'
import { listFreeSlots } from '../../highlevel/calendars.ts'
import { findNextAppointment } from '../../highlevel/next-appointment.ts'
import { listSameAppointments } from '../../highlevel/same-appointment.ts'
import type { PlatformAction } from '../platform-action.ts'
import { CALENDAR, CONTACT, WRITTEN, withItsCalendars } from './appointment-fields.ts'
import { id, moment, optional } from './inputs.ts'
import { foundOr } from './results.ts'

const appointmentSearch = z.strictObject({ contactId: id, calendarId: optional(id), startTime: optional(moment) })

const FIND_FIELDS = [CONTACT, CALENDAR, ...WRITTEN.filter(({ key }) => key === 'startTime')]

export const findAppointmentAction: PlatformAction<z.infer<typeof appointmentSearch>> = {
  key: 'find_appointment',
  name: 'Find appointment',
  description: 'The contact’s next appointment, or the one that begins at a given time; cancelled ones do not count.',
  object: 'appointment',
  scope: 'contacts.readonly',
  fields: FIND_FIELDS,
  listFields: withItsCalendars(FIND_FIELDS),
  input: appointmentSearch,
  repeat: 'repeatable',
  run: async ({ api, locationId, now }, { contactId, calendarId, startTime }) => {
    const where = calendarId ? { calendarId } : {}
    const found = startTime
      ? (await listSameAppointments(api, { contactId, startTime, isCancelled: false, ...where }))[0]
      : await findNextAppointment(api, { locationId, contactId, now: now(), ...where })
    return foundOr('appointment', found)
  },
}

const slotSearch = z.strictObject({ calendarId: id, after: optional(moment) })

const SLOT_FIELDS = [{ ...CALENDAR, required: true }, { key: 'after', label: 'Not before', type: 'datetime' } as const]

const DAYS_MS = 31 * 86_400_000

export const findFreeSlotAction: PlatformAction<z.infer<typeof slotSearch>> = {
  key: 'find_free_slot',
  name: 'Find free slot',
  description: 'The calendar’s next free time within 31 days, from now or from a given time on.',
  object: 'appointment',
  scope: 'calendars.readonly',
  fields: SLOT_FIELDS,
  listFields: withItsCalendars(SLOT_FIELDS),
  input: slotSearch,
  repeat: 'repeatable',
  run: async ({ api, now }, { calendarId, after }) => {
    const from = Math.max(now(), after ? Date.parse(after) : 0)
    const slots = await listFreeSlots(api, { calendarId, from, to: from + DAYS_MS })
    const startTime = slots.find((slot) => Date.parse(slot) >= from)
    // What is found is a time, which later steps take by the name of an id.
    return foundOr('time', startTime ? { id: startTime, startTime, calendarId } : undefined)
  },
}
