import type { ContactChanges } from '../flows/contact-state.ts'
import type { FieldValues } from '../lib/field.ts'
import type { SideName } from './plan/record-plan.ts'
import type { Cause } from './run-id.ts'
import type { SyncRecord } from './sides/side.ts'

/** Something that happened on either side, as the engine takes it to the flows that wait for it. */
export type FlowEvent = {
  tenantId: string
  locationId: string
  cause: Cause
  trigger: string
  from: SideName
  /** The record that it is about, on the side where it happened. */
  recordId: string
  /** The platform's contact that it concerns, where that is known. */
  contactId: string | null
  /** Milliseconds; null where it is not known when it happened. */
  at: number | null
  /** What the event says: `event.<key>`. */
  data: FieldValues
  changes: ContactChanges | undefined
  /** The record is gone: flows that wait for its changes do what they are told to do then. */
  isDeletion?: { insteadOf: string }
  quiet: boolean
  /** As it is now; asked for once, however many flows there are. */
  read(): Promise<Reading>
}

/** The record and when it was read, by this process's clock; or one sentence for the owner why it cannot be had. */
export type Reading = { record: SyncRecord; readAt: number } | { reason: string; isGone: boolean }
