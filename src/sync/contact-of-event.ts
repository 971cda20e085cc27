import type { FlowEvent } from './flow-event.ts'
import { ownerIn } from './owner-fields.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'

/** What happened, and the record that it happened to: a contact, or something of a contact's. */
export type Happening = { event: FlowEvent; record: SyncRecord }

/** The contact that it concerns, by its id on the side where it happened. */
export const ownContactId = (ctx: RunContext, { event, record }: Happening): string | undefined =>
  (event.from === 'highlevel' ? event.contactId : contactThere(ctx, event, record)) ?? undefined

/** What an event of the partner's is about is a contact, or says whose it is. */
function contactThere({ open }: RunContext, { trigger }: FlowEvent, record: SyncRecord): string | null | undefined {
  const { connector } = open
  const kinds = [...connector.triggers, ...(connector.inbound?.triggers ?? [])]
  const kind = kinds.find(({ key }) => trigger === `${connector.key}.${key}`)?.object
  const belongsTo = connector.objects.find(({ key }) => key === kind)?.belongsTo
  return belongsTo ? ownerIn(record.fields, belongsTo.field) : record.id
}
