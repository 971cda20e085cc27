import { STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import type { Field } from '../../lib/field.ts'
import type { RunContext } from '../run-context.ts'
import type { SyncDeps } from '../sync-deps.ts'
import { APPOINTMENT_FIELDS, highLevelAppointmentSide } from './highlevel-appointment.ts'
import { highLevelContactSide } from './highlevel-contact.ts'
import { highLevelNoteSide, NOTE_FIELDS } from './highlevel-note.ts'
import { highLevelOpportunitySide, OPPORTUNITY_FIELDS } from './highlevel-opportunity.ts'
import { highLevelTaskSide, TASK_FIELDS } from './highlevel-task.ts'
import type { Side } from './side.ts'

/** The platform's side of an object, by the partner's key of it. */
export function platformSide(
  deps: Pick<SyncDeps, 'tenantApi' | 'now' | 'contactFields'>,
  ctx: Pick<RunContext, 'tenantId' | 'locationId' | 'ahead'>,
  object: string,
): Side {
  const api = deps.tenantApi(ctx.tenantId)
  const account = { api, locationId: ctx.locationId }
  if (object === 'contact') {
    return highLevelContactSide({ ...account, now: deps.now, fieldSource: deps.contactFields, ahead: ctx.ahead })
  }
  if (object === 'task') return highLevelTaskSide(account)
  if (object === 'note') return highLevelNoteSide(account)
  if (object === 'appointment') return highLevelAppointmentSide(account)
  if (object === 'opportunity') return highLevelOpportunitySide(account)
  throw new Error(`There is no ${object} at the platform.`)
}

/** Fields that every account's objects have. */
export const platformFields = (object: string): readonly Field[] => FIELDS[object] ?? []

const FIELDS: Record<string, readonly Field[]> = {
  contact: STANDARD_FIELDS,
  task: TASK_FIELDS,
  note: NOTE_FIELDS,
  appointment: APPOINTMENT_FIELDS,
  opportunity: OPPORTUNITY_FIELDS,
}
