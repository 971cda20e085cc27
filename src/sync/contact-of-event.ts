import type { FlowEvent } from './flow-event.ts'
import type { SyncRecord } from './sides/side.ts'

/** What happened, and the record that it happened to: a contact, or something of a contact's. */
export type Happening = { event: FlowEvent; record: SyncRecord }

/** The contact that it concerns, by its id on the side where it happened. */
export const ownContactId = ({ event, record }: Happening): string | undefined =>
  event.from === 'highlevel' ? (event.contactId ?? undefined) : record.id
