import type { Appointment } from '../highlevel/appointments.ts'
import type { EventObject } from '../highlevel/events/event-kind.ts'
import type { PlatformTrigger } from '../highlevel/events/triggers.ts'
import type { Note } from '../highlevel/notes.ts'
import type { Opportunity } from '../highlevel/opportunities.ts'
import type { Task } from '../highlevel/tasks.ts'
import type { ContactChanges } from './contact-state.ts'

/** Something that happened in an account at the platform, as flows see it. One webhook may be several of them. */
export type PlatformEvent = {
  trigger: PlatformTrigger
  object: EventObject
  recordId: string
  /** Null where none is named; `read` may find it. */
  contactId: string | null
  /** When it was sent, milliseconds by the platform's clock; when it came, where that is not said. */
  at: number
  /** What the event says, by the documents' names. Nothing in it is sure to be there, and what is missing says nothing. */
  payload: Record<string, unknown>
  /** Names of fields that had a wrong type and count as missing. */
  leftOut: readonly string[]
  /** For contacts: what differs from what was heard before. */
  changes?: ContactChanges
  /** It was read just now, and is not there any more, whatever the event calls itself. */
  isGone?: true
  /** The record as it is now; one call or a few of the account's limit. Absent where it cannot be read. */
  read?: () => Promise<Reading>
}

/** The record, or one sentence for the owner why it cannot be had. Trouble is thrown. */
export type Reading = Activity | { reason: string }

export type Activity =
  | { object: 'task'; record: Task }
  | { object: 'note'; record: Note }
  | { object: 'appointment'; record: Appointment }
  | { object: 'opportunity'; record: Opportunity }
