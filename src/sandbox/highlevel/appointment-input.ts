import { badRequest } from './refusal.ts'
import { bool, dateText, enumeration, problemsOf, type Rules, required, text } from './rules.ts'

export type AppointmentBody = {
  calendarId?: string
  startTime?: string
  endTime?: string
  title?: string
  appointmentStatus?: string
  assignedUserId?: string
  address?: string
  description?: string
  ignoreFreeSlotValidation?: boolean
}

/** HighLevel's OpenAPI document of calendars: AppointmentEditSchema. Series (`rrule`) are not simulated: refused. */
const EDIT: Rules = {
  title: text(),
  meetingLocationType: enumeration(['custom', 'zoom', 'gmeet', 'phone', 'address', 'ms_teams', 'google'], {
    optional: true,
  }),
  meetingLocationId: text(),
  overrideLocationConfig: bool,
  // What is read has more of them: booked, active, completed.
  appointmentStatus: enumeration(['new', 'confirmed', 'cancelled', 'showed', 'noshow', 'invalid'], { optional: true }),
  assignedUserId: text(),
  description: text(),
  address: text(),
  ignoreDateRange: bool,
  toNotify: bool,
  ignoreFreeSlotValidation: bool,
  calendarId: text(),
  startTime: dateText,
  endTime: dateText,
}

const CREATE: Rules = {
  ...EDIT,
  calendarId: text({ required: true }),
  locationId: text({ required: true }),
  contactId: text({ required: true }),
  startTime: required(dateText),
}

export type NewAppointmentBody = AppointmentBody & {
  calendarId: string
  locationId: string
  contactId: string
  startTime: string
}

export const parseNewAppointment = (body: unknown): NewAppointmentBody => parse(body, CREATE) as NewAppointmentBody
export const parseAppointmentEdit = (body: unknown): AppointmentBody => parse(body, EDIT)

/** These documents know no 422. */
function parse(body: unknown, rules: Rules): AppointmentBody {
  const problems = problemsOf(body, rules, 'refused')
  if (problems.length > 0) throw badRequest(problems.join('; '))
  return body as AppointmentBody
}
