import { type Request, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import { withoutEmpty } from './contact-view.ts'
import type { Appointment } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { notFound } from './refusal.ts'

export function appointmentRoutes({ world }: InstallDeps, access: Access): Router {
  const router = Router()
  const ofContacts = access({ classes: ['Location'], scope: 'contacts.readonly' })
  const ofCalendars = access({ classes: ['Location'], scope: 'calendars/events.readonly' })

  router.get('/contacts/:contactId/appointments', ofContacts, (req: ByContact, res) => {
    const { id, locationId } = contactOf(world, req, res)
    const zone = world.locations.get(locationId)?.timezone ?? 'UTC'
    answer(res, 200, { events: world.appointments.list('contactId', id).map((one) => listedView(one, zone)) })
  })

  router.get('/calendars/events/appointments/:eventId', ofCalendars, (req: Request<{ eventId: string }>, res) => {
    const appointment = world.appointments.get(req.params.eventId)
    if (appointment === undefined) throw notFound('The appointment was not found.')
    checkReaches(world, tokenOf(res), appointment.locationId)
    answer(res, 200, { event: eventView(appointment) })
  })

  return router
}

/** HighLevel's OpenAPI document of calendars: CalendarEventDTO. */
const eventView = ({ source, ...shown }: Appointment): object => ({
  ...shown,
  isRecurring: false,
  createdBy: { userId: shown.assignedUserId, source },
})

/** HighLevel's OpenAPI document of contacts: GetEventSchema. Its times have no zone: they are the location's. */
const listedView = ({ source, startTime, endTime, dateAdded, dateUpdated, ...shown }: Appointment, zone: string) =>
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
