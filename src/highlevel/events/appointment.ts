import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, ids, text } from './field-types.ts'

/**
 * HighLevel docs: Appointment Create, Update, Delete. Nested, unlike all others, and the pages of all three show the type
 * AppointmentCreate: which of them it was is not to be relied on, so each says only that the appointment must be read anew.
 */
const fields = z.object({
  appointment: z
    .object({
      id,
      contactId: id,
      calendarId: id,
      groupId: id,
      title: text,
      address: text,
      appointmentStatus: text,
      assignedUserId: id,
      users: ids,
      notes: text,
      source: text,
      startTime: text,
      endTime: text,
      dateAdded: text,
      dateUpdated: text,
    })
    .nullish(),
})

const trigger = 'highlevel.appointment_changed'

export const appointmentKinds: readonly EventKind[] = eventKinds(
  {
    group: 'appointment',
    object: 'appointment',
    recordId: 'appointment.id',
    contactId: 'appointment.contactId',
    needs: 'calendars/events.readonly',
    inferred: true,
    fields,
  },
  { AppointmentCreate: { trigger }, AppointmentUpdate: { trigger }, AppointmentDelete: { trigger } },
)
