import type { ActionResult } from '../../connectors/connector.ts'
import { contactValues } from '../../highlevel/contact-values.ts'
import type { WholeContact } from '../../highlevel/whole-contact.ts'
import type { Field } from '../../lib/field.ts'

/** What an owner and later steps are told of a contact that was looked up or written. */
export const contactResult = (
  { contact, effect, note }: { contact: WholeContact; effect: ActionResult['effect']; note?: string | undefined },
  fields: readonly Field[],
): ActionResult => ({
  id: contact.id,
  effect,
  ...(note && { note }),
  record: { id: contact.id, ...contactValues(contact, fields), tags: contact.tags },
})
