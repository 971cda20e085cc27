import { z } from 'zod'
import { type Appointment, findAppointment } from '../../highlevel/appointments.ts'
import { listSameAppointments } from '../../highlevel/same-appointment.ts'
import { createAppointment, deleteAppointment, updateAppointment } from '../../highlevel/write-appointment.ts'
import type { AnyPlatformAction, PlatformAction } from '../platform-action.ts'
import {
  ANYWHEN,
  APPOINTMENT,
  CALENDAR,
  CONTACT,
  NOTIFY,
  switchesOf,
  WRITTEN,
  WRITTEN_INPUT,
  withItsCalendars,
  writtenOf,
} from './appointment-fields.ts'
import { differing } from './differing.ts'
import { findAppointmentAction, findFreeSlotAction } from './find-appointment.ts'
import { flag, given, id, moment, optional, writing } from './inputs.ts'
import { present, removedOr } from './results.ts'

const newAppointment = z.strictObject({ contactId: id, calendarId: id, startTime: moment, ...WRITTEN_INPUT })

const CREATE_FIELDS = [
  CONTACT,
  { ...CALENDAR, required: true },
  ...WRITTEN.map((field) => ({ ...field, required: field.key === 'startTime' })),
  NOTIFY,
  ANYWHEN,
]

const createAppointmentAction: PlatformAction<z.infer<typeof newAppointment>> = {
  key: 'create_appointment',
  name: 'Create appointment',
  description: 'Books an appointment for the contact. Nobody is told of it, unless automations are to start.',
  object: 'appointment',
  scope: 'calendars/events.write',
  fields: CREATE_FIELDS,
  listFields: withItsCalendars(CREATE_FIELDS),
  input: newAppointment,
  repeat: 'once',
  run: async ({ api, locationId }, { contactId, calendarId, startTime, ...input }) => {
    const made = { locationId, contactId, calendarId, startTime, ...writtenOf(input), ...switchesOf(input) }
    return resultOf('created', await createAppointment(api, made))
  },
  lookup: async ({ api }, { contactId, calendarId, startTime, status }) => {
    const isCancelled = status === 'cancelled'
    const [one] = await listSameAppointments(api, { contactId, calendarId, startTime, isCancelled })
    return one && resultOf('created', one)
  },
}

const changedAppointment = writing(['appointmentId', 'toNotify', 'ignoreFreeSlotValidation'], {
  appointmentId: id,
  calendarId: optional(id),
  startTime: optional(moment),
  ...WRITTEN_INPUT,
})

const UPDATE_FIELDS = [APPOINTMENT, CALENDAR, ...WRITTEN, NOTIFY, ANYWHEN]

const updateAppointmentAction: PlatformAction<z.infer<typeof changedAppointment>> = {
  key: 'update_appointment',
  name: 'Update appointment',
  description: 'Moves an appointment or writes its details; whatever is left out stays.',
  object: 'appointment',
  scope: 'calendars/events.write',
  fields: UPDATE_FIELDS,
  listFields: withItsCalendars(UPDATE_FIELDS),
  input: changedAppointment,
  repeat: 'repeatable',
  run: async ({ api }, { appointmentId, calendarId, startTime, ...input }) => {
    const known = present('appointment', await findAppointment(api, appointmentId))
    const wanted = { calendarId: given(calendarId), startTime: given(startTime), ...writtenOf(input) }
    const changes = differing({ ...known, appointmentStatus: known.status }, wanted)
    if (!changes) return resultOf('unchanged', known)
    return resultOf('updated', await updateAppointment(api, appointmentId, { ...changes, ...switchesOf(input) }))
  },
}

const oneAppointment = z.strictObject({ appointmentId: id })
const cancelledAppointment = z.strictObject({ appointmentId: id, toNotify: optional(flag) })

const cancelAppointmentAction: PlatformAction<z.infer<typeof cancelledAppointment>> = {
  key: 'cancel_appointment',
  name: 'Cancel appointment',
  description: 'Cancels the appointment and keeps it in the calendar as cancelled.',
  object: 'appointment',
  scope: 'calendars/events.write',
  fields: [APPOINTMENT, NOTIFY],
  input: cancelledAppointment,
  repeat: 'repeatable',
  run: async ({ api }, { appointmentId, toNotify }) => {
    const known = present('appointment', await findAppointment(api, appointmentId))
    if (known.status === 'cancelled') return resultOf('unchanged', known)
    const cancelled = { appointmentStatus: 'cancelled', toNotify: toNotify ?? false } as const
    return resultOf('updated', await updateAppointment(api, appointmentId, cancelled))
  },
}

const deleteAppointmentAction: PlatformAction<z.infer<typeof oneAppointment>> = {
  key: 'delete_appointment',
  name: 'Delete appointment',
  description: 'Deletes the appointment for good. To keep it in the calendar, cancel it instead.',
  object: 'appointment',
  scope: 'calendars/events.write',
  fields: [APPOINTMENT],
  input: oneAppointment,
  repeat: 'repeatable',
  run: async ({ api }, { appointmentId }) => removedOr(appointmentId, await deleteAppointment(api, appointmentId)),
}

const resultOf = (effect: 'created' | 'updated' | 'unchanged', record: Appointment) =>
  ({ id: record.id, effect, record }) as const

export const appointmentActions: AnyPlatformAction[] = [
  createAppointmentAction,
  updateAppointmentAction,
  cancelAppointmentAction,
  deleteAppointmentAction,
  findAppointmentAction,
  findFreeSlotAction,
]
