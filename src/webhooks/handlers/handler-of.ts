import type { EventKind, EventObject } from '../../highlevel/events/event-kind.ts'
import type { Handler } from './handler.ts'
import { appointmentReader, noteReader, opportunityReader, taskReader } from './readers.ts'
import { takeContactChange, takeContactDeletion } from './take-contact.ts'
import { takeLocation } from './take-location.ts'
import { takeRecord } from './take-record.ts'

/** What works on an event of this kind. Those about the app itself are facts of its installation (read-lifecycle.ts). */
export const handlerOf = ({ type, object }: EventKind): Handler | undefined =>
  type === 'ContactDelete' ? takeContactDeletion : HANDLERS[object]

const HANDLERS: Record<EventObject, Handler | undefined> = {
  installation: undefined,
  contact: takeContactChange,
  note: takeRecord(noteReader),
  task: takeRecord(taskReader),
  appointment: takeRecord(appointmentReader),
  opportunity: takeRecord(opportunityReader),
  campaign: takeRecord(),
  message: takeRecord(),
  conversation: takeRecord(),
  email: takeRecord(),
  location: takeLocation,
  user: takeRecord(),
  invoice: takeRecord(),
  order: takeRecord(),
  product: takeRecord(),
  price: takeRecord(),
  object_schema: takeRecord(),
  record: takeRecord(),
  association: takeRecord(),
  relation: takeRecord(),
  saas_plan: takeRecord(),
  voice_call: takeRecord(),
}
