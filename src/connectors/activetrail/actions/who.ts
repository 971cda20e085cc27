import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { ActionResult } from '../../connector.ts'
import { type ActiveTrailContext, createClient } from '../client.ts'
import { findContact, getContact } from '../find-contact.ts'
import type { Contact } from '../schemas.ts'
import { email, filledInObject, id, sms } from './inputs.ts'

/** A contact by any one of the three. */
export const who = z.strictObject({ contact_id: id, email, sms }).partial()
export type Who = z.infer<typeof who>

export const whoFields: Field[] = [
  { key: 'contact_id', label: 'ActiveTrail id of the contact', type: 'text' },
  { key: 'email', label: 'E-mail', type: 'email' },
  { key: 'sms', label: 'SMS number', type: 'phone' },
]

const namesContact = (input: Who): boolean => Boolean(input.contact_id || input.email || input.sms)
const SAY_CONTACT = 'Say which contact: its id, e-mail address or SMS number.'

/** An input that says which contact. */
export const withContact = <Input extends z.ZodType<Who>>(input: Input) =>
  filledInObject(input.refine(namesContact, SAY_CONTACT))

/** One key only: with both, ActiveTrail may find two different contacts. */
export const byOneKey = ({ email, sms }: Pick<Contact, 'email' | 'sms'>): object => (email ? { email } : { sms })

/** As it was read just now, or is there now. Throws `not_found` for an id that is not there. */
export async function locate(context: ActiveTrailContext, { contact_id, ...by }: Who): Promise<Contact | undefined> {
  if (contact_id) return await getContact(context, contact_id)
  return await findContact(createClient(context), by.email ? { email: by.email } : { phone: by.sms })
}

export const NOBODY: ActionResult = { id: null, effect: 'declined', note: 'ActiveTrail does not have this contact.' }

/** Nothing is sent to who does not want it on this channel, whatever a flow says. */
export function isOffLimits(contact: Contact, channel: 'email' | 'sms'): boolean {
  if (contact.is_deleted || contact.is_do_not_mail || contact.state === 'SPAM_COMPLIENT') return true
  if (channel === 'sms') return contact.sms_status === 'Unsubscribed'
  return contact.status === 'Unsubscribed' || contact.state === 'CUSTOMER_REQUEST'
}

export const leftAlone = (contact: Contact): ActionResult => ({
  id: String(contact.id),
  effect: 'declined',
  note: 'The contact opted out or is deleted in ActiveTrail, so nothing was sent.',
})
