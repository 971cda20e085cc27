import type { FieldValues } from '../../../lib/field.ts'
import type { ActiveTrailClient } from '../client.ts'
import { findContact } from '../find-contact.ts'
import type { Who } from './row.ts'

/** The id of whom a row is about. Rows of most reports only bear an address: then the contact is looked up. */
export async function resolveContact(
  client: ActiveTrailClient,
  who: Who,
): Promise<{ id: string; data: FieldValues } | undefined> {
  if ('id' in who) return { id: who.id, data: {} }
  const found = await findContact(client, who)
  return found && { id: String(found.id), data: { contact_id: String(found.id) } }
}
