import { withoutEmpty } from './contact-view.ts'
import type { Appointment } from './data.ts'

/** AppointmentSchemaResponse: not wrapped, and without description, notes and dates. */
export const writtenView = (appointment: Appointment): object =>
  withoutEmpty({
    id: appointment.id,
    calendarId: appointment.calendarId,
    locationId: appointment.locationId,
    contactId: appointment.contactId,
    startTime: appointment.startTime,
    endTime: appointment.endTime,
    title: appointment.title,
    appointmentStatus: appointment.appointmentStatus,
    assignedUserId: appointment.assignedUserId,
    address: appointment.address,
    isRecurring: false,
  })

/** HighLevel's OpenAPI document of calendars: CalendarEventDTO. */
export const eventView = ({ source, ...shown }: Appointment): object => ({
  ...shown,
  isRecurring: false,
  createdBy: { userId: shown.assignedUserId, source },
})

/** HighLevel's OpenAPI document of contacts: GetEventSchema. Its times have no zone: they are the location's. */
export const listedView = (
  { source, description, startTime, endTime, dateAdded, dateUpdated, ...shown }: Appointment,
  zone: string,
) =>
  withoutEmpty({
    ...shown,
    status: 'booked',
    startTime: inZone(startTime, zone),
    endTime: inZone(endTime, zone),
    dateAdded: inZone(dateAdded, zone),
    dateUpdated: inZone(dateUpdated, zone),
  })

/** Swedish writes times as the platform does: 2021-07-16 11:00:00. */
const inZone = (time: string, timeZone: string): string => new Date(time).toLocaleString('sv-SE', { timeZone })
