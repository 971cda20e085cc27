import type { PlatformEvent } from '../../flows/platform-event.ts'
import type { PlatformTrigger } from '../../highlevel/events/triggers.ts'
import type { TakenEvent } from './handler.ts'

export const platformEventOf = (trigger: PlatformTrigger, taken: TakenEvent): PlatformEvent => ({
  trigger,
  object: taken.kind.object,
  recordId: taken.recordId,
  contactId: taken.event.contactId,
  at: taken.at,
  payload: taken.fields,
  leftOut: taken.leftOut,
})
