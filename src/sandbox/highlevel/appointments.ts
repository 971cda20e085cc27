import { announce } from './announce.ts'
import { calendarsOf } from './calendars.ts'
import type { Appointment, Contact } from './data.ts'
import { newId } from './ids.ts'
import type { InstallDeps } from './installs.ts'

export type AppointmentInput = Partial<
  Pick<
    Appointment,
    | 'title'
    | 'appointmentStatus'
    | 'assignedUserId'
    | 'address'
    | 'notes'
    | 'description'
    | 'startTime'
    | 'endTime'
    | 'calendarId'
  >
>

const HOUR_MS = 3_600_000

export function createAppointment(
  deps: InstallDeps,
  contact: Pick<Contact, 'id' | 'locationId'>,
  input: AppointmentInput,
): Appointment {
  const { id: contactId, locationId } = contact
  const now = deps.world.now()
  const startTime = input.startTime ?? inIndia(now + HOUR_MS)
  const appointment: Appointment = {
    title: 'Appointment',
    appointmentStatus: 'confirmed',
    assignedUserId: '',
    startTime,
    endTime: inIndia(Date.parse(startTime) + HOUR_MS / 2),
    calendarId: calendarsOf(locationId)[0]?.id ?? '',
    ...input,
    ...{ id: newId(), contactId, locationId, groupId: '', source: 'api' },
    users: input.assignedUserId ? [input.assignedUserId] : [],
    dateAdded: inIndia(now),
    dateUpdated: inIndia(now),
  }
  save(deps, appointment)
  tell(deps, 'AppointmentCreate', appointment)
  return appointment
}

export function updateAppointment(deps: InstallDeps, before: Appointment, input: AppointmentInput): Appointment {
  const appointment = { ...before, ...input, dateUpdated: inIndia(deps.world.now()) }
  save(deps, appointment)
  tell(deps, 'AppointmentUpdate', appointment)
  return appointment
}

export function deleteAppointment(deps: InstallDeps, appointment: Appointment): void {
  deps.world.appointments.remove(appointment)
  deps.world.changed()
  tell(deps, 'AppointmentDelete', appointment)
}

/** The samples have times with an offset, and this is theirs: whoever takes them for UTC is found out. */
export const inIndia = (time: number): string => `${new Date(time + 5.5 * HOUR_MS).toISOString().slice(0, 19)}+05:30`

function save({ world }: InstallDeps, appointment: Appointment): void {
  world.appointments.put(appointment)
  world.changed()
}

/** HighLevel docs, appointment webhooks: nested, unlike all others. That they need this scope is inferred. */
function tell(
  deps: InstallDeps,
  type: 'AppointmentCreate' | 'AppointmentUpdate' | 'AppointmentDelete',
  { locationId, description, ...appointment }: Appointment,
): void {
  announce(deps, { type, scope: 'calendars/events.readonly', locationId, fields: { appointment } })
}
