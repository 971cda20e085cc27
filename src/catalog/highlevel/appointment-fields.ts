import { z } from 'zod'
import { listCalendars, withCalendars } from '../../highlevel/calendars.ts'
import { APPOINTMENT_STATUSES } from '../../highlevel/write-appointment.ts'
import type { Field } from '../../lib/field.ts'
import type { PlatformContext } from '../platform-action.ts'
import { flag, id, moment, oneOf, optional, text } from './inputs.ts'

export const APPOINTMENT: Field = { key: 'appointmentId', label: 'Appointment', type: 'text', required: true }
export const CONTACT: Field = { key: 'contactId', label: 'Contact', type: 'text', required: true }
export const CALENDAR: Field = { key: 'calendarId', label: 'Calendar', type: 'option' }
export const NOTIFY: Field = { key: 'toNotify', label: 'Start automations (confirmations, reminders)', type: 'boolean' }
export const ANYWHEN: Field = { key: 'ignoreFreeSlotValidation', label: 'Also where no slot is free', type: 'boolean' }

/** What may be written to one. */
export const WRITTEN: Field[] = [
  { key: 'startTime', label: 'Begins', type: 'datetime' },
  { key: 'endTime', label: 'Ends', type: 'datetime' },
  { key: 'title', label: 'Title', type: 'text' },
  { key: 'status', label: 'Status', type: 'option', options: [...APPOINTMENT_STATUSES] },
  { key: 'assignedUserId', label: 'Assigned to (user id)', type: 'text' },
  { key: 'address', label: 'Place', type: 'text' },
  { key: 'description', label: 'Description', type: 'text' },
]

export const WRITTEN_INPUT = {
  endTime: optional(moment),
  title: optional(text),
  status: optional(oneOf(APPOINTMENT_STATUSES)),
  assignedUserId: optional(id),
  address: optional(text),
  description: optional(text),
  /** Nobody is told unless the owner says so. */
  toNotify: optional(flag),
  ignoreFreeSlotValidation: optional(flag),
}

const written = z.object(WRITTEN_INPUT)

/** As the platform names them. */
export const writtenOf = (input: z.infer<typeof written>) => ({
  endTime: input.endTime ?? undefined,
  title: input.title ?? undefined,
  appointmentStatus: input.status ?? undefined,
  assignedUserId: input.assignedUserId ?? undefined,
  address: input.address ?? undefined,
  description: input.description === null ? '' : input.description,
})

export const switchesOf = (input: z.infer<typeof written>) => ({
  toNotify: input.toNotify ?? false,
  ignoreFreeSlotValidation: input.ignoreFreeSlotValidation ?? false,
})

/** With the account's calendars to choose from. */
export const withItsCalendars =
  (fields: readonly Field[]) =>
  async ({ api, locationId }: PlatformContext): Promise<Field[]> =>
    withCalendars(fields, await listCalendars(api, locationId))
