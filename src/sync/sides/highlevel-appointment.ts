import type { HighLevelApi } from '../../highlevel/api.ts'
import { type Appointment, findAppointment } from '../../highlevel/appointments.ts'
import { listCalendars, withCalendars } from '../../highlevel/calendars.ts'
import { listSameAppointments } from '../../highlevel/same-appointment.ts'
import {
  APPOINTMENT_STATUSES,
  createAppointment,
  deleteAppointment,
  updateAppointment,
} from '../../highlevel/write-appointment.ts'
import type { Field, FieldValues } from '../../lib/field.ts'
import { activitySide } from './activity-side.ts'
import { asText, momentOf } from './field-value.ts'
import type { Side, SyncRecord } from './side.ts'

export const APPOINTMENT_FIELDS: readonly Field[] = [
  { key: 'contactId', label: 'Contact', type: 'text', readOnly: true },
  { key: 'calendarId', label: 'Calendar', type: 'option', required: true },
  { key: 'startTime', label: 'Begins', type: 'datetime', required: true },
  { key: 'endTime', label: 'Ends', type: 'datetime' },
  { key: 'title', label: 'Title', type: 'text' },
  { key: 'status', label: 'Status', type: 'option', options: [...APPOINTMENT_STATUSES] },
  { key: 'assignedUserId', label: 'Assigned to (user id)', type: 'text' },
  { key: 'address', label: 'Place', type: 'text' },
  { key: 'description', label: 'Description', type: 'text' },
  { key: 'notes', label: 'Notes', type: 'text', readOnly: true },
]

/**
 * An appointment that was made elsewhere takes place, free slot or not; and whoever made it there has told the people, so that
 * no automation of the account tells them again.
 */
const AS_MADE = { toNotify: false, ignoreFreeSlotValidation: true }

/** Appointments of the platform. What is set aside is cancelled. */
export const highLevelAppointmentSide = ({ api, locationId }: { api: HighLevelApi; locationId: string }): Side =>
  activitySide({
    name: 'appointment',
    fields: APPOINTMENT_FIELDS,
    listFields: async () => withCalendars(APPOINTMENT_FIELDS, await listCalendars(api, locationId)),
    erasable: ['description'],
    read: async (id) => {
      const appointment = await findAppointment(api, id)
      return appointment && appointmentRecord(appointment)
    },
    listSame: async (contactId, { startTime, calendarId, status }) => {
      const isCancelled = status === undefined ? undefined : status === 'cancelled'
      const wanted = { contactId, startTime: asText(startTime) ?? '', calendarId: asText(calendarId), isCancelled }
      return (await listSameAppointments(api, wanted)).map(appointmentRecord)
    },
    create: async (contactId, values) => {
      const { calendarId = '', startTime = '', ...rest } = inputOf(values)
      const made = { locationId, contactId, calendarId, startTime, ...rest, ...AS_MADE }
      return appointmentRecord(await createAppointment(api, made))
    },
    update: async (id, values) =>
      appointmentRecord(await updateAppointment(api, id, { ...inputOf(values), ...AS_MADE })),
    remove: async (id) => {
      await deleteAppointment(api, id)
    },
    archive: async (id) => {
      await updateAppointment(api, id, { appointmentStatus: 'cancelled', toNotify: false })
    },
  })

const inputOf = (values: FieldValues) => ({
  calendarId: asText(values.calendarId),
  startTime: asText(values.startTime),
  endTime: asText(values.endTime),
  title: asText(values.title),
  appointmentStatus: APPOINTMENT_STATUSES.find((status) => status === values.status),
  assignedUserId: asText(values.assignedUserId),
  address: asText(values.address),
  description: asText(values.description),
})

/** What answers a write says neither the description nor the notes nor when it was. */
export const appointmentRecord = (appointment: Appointment): SyncRecord => ({
  id: appointment.id,
  fields: {
    contactId: appointment.contactId,
    calendarId: appointment.calendarId,
    startTime: momentOf(appointment.startTime),
    endTime: momentOf(appointment.endTime),
    title: appointment.title || null,
    status: appointment.status,
    assignedUserId: appointment.assignedUserId || null,
    address: appointment.address || null,
    ...(appointment.description !== null && { description: appointment.description || null }),
    ...(appointment.notes && { notes: appointment.notes }),
  },
  changedAt: appointment.dateUpdated ? Date.parse(appointment.dateUpdated) || null : null,
  isDeleted: false,
})
