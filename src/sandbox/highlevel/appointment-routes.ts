import { type Request, type Response, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { type AppointmentBody, parseAppointmentEdit, parseNewAppointment } from './appointment-input.ts'
import { eventView, listedView, writtenView } from './appointment-view.ts'
import {
  type AppointmentInput,
  createAppointment,
  deleteAppointment,
  inIndia,
  updateAppointment,
} from './appointments.ts'
import { calendarsOf } from './calendars.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import type { Appointment } from './data.ts'
import { isFree } from './free-slots.ts'
import type { InstallDeps } from './installs.ts'
import { badRequest, notFound } from './refusal.ts'
import type { World } from './world.ts'

export function appointmentRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const ofContacts = access({ classes: ['Location'], scope: 'contacts.readonly' })
  const ofCalendars = access({ classes: ['Location'], scope: 'calendars/events.readonly' })

  router.get('/contacts/:contactId/appointments', ofContacts, (req: ByContact, res) => {
    const { id, locationId } = contactOf(world, req, res)
    const zone = world.locations.get(locationId)?.timezone ?? 'UTC'
    answer(res, 200, { events: world.appointments.list('contactId', id).map((one) => listedView(one, zone)) })
  })

  const mayWrite = access({ classes: ['Location'], scope: 'calendars/events.write' })
  const appointmentOf = (req: ByEvent, res: Response): Appointment => {
    const appointment = world.appointments.get(req.params.eventId)
    if (appointment === undefined) throw notFound('The appointment was not found.')
    checkReaches(world, tokenOf(res), appointment.locationId)
    return appointment
  }

  router.get('/calendars/events/appointments/:eventId', ofCalendars, (req: ByEvent, res) => {
    answer(res, 200, { event: eventView(appointmentOf(req, res)) })
  })

  router.post('/calendars/events/appointments', mayWrite, (req, res) => {
    const input = parseNewAppointment(req.body)
    const { locationId, contactId } = input
    checkReaches(world, tokenOf(res), locationId)
    const contact = world.contacts.get(contactId)
    if (contact?.locationId !== locationId) throw badRequest(`Contact with id ${contactId} not found`)
    checkSlot(world, locationId, input)
    answer(res, 200, writtenView(createAppointment(deps, contact, storedOf(input))))
  })

  router.put('/calendars/events/appointments/:eventId', mayWrite, (req: ByEvent, res) => {
    const input = parseAppointmentEdit(req.body)
    const before = appointmentOf(req, res)
    if (input.startTime && Date.parse(input.startTime) !== Date.parse(before.startTime)) {
      checkSlot(world, before.locationId, { calendarId: before.calendarId, ...input })
    }
    answer(res, 200, writtenView(updateAppointment(deps, before, storedOf(input))))
  })

  router.delete('/calendars/events/:eventId', mayWrite, (req: ByEvent, res) => {
    deleteAppointment(deps, appointmentOf(req, res))
    answer(res, 201, { succeeded: true })
  })

  return router
}

type ByEvent = Request<{ eventId: string }>

/** How a slot that is not free is refused is not documented, nor is a calendar that there is not. */
function checkSlot(world: World, locationId: string, input: AppointmentBody): void {
  const calendar = calendarsOf(locationId).find(({ id }) => id === input.calendarId)
  if (calendar === undefined) throw badRequest('The calendar id is invalid.')
  if (input.ignoreFreeSlotValidation) return
  if (!isFree(world, { locationId, calendarId: calendar.id }, Date.parse(input.startTime ?? ''))) {
    throw badRequest('The slot you have selected is no longer available.')
  }
}

/** Whoever takes what comes back for what was sent is found out: it is the same moment in another zone. */
const storedOf = ({ startTime, endTime, ...input }: AppointmentBody): AppointmentInput => {
  const { title, appointmentStatus, assignedUserId, address, description, calendarId } = input
  return Object.fromEntries(
    Object.entries({
      ...{ title, appointmentStatus, assignedUserId, address, description, calendarId },
      startTime: startTime && inIndia(Date.parse(startTime)),
      endTime: endTime && inIndia(Date.parse(endTime)),
    }).filter(([, value]) => value !== undefined),
  )
}
