import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { Action, ActionResult } from '../../connector.ts'
import { type ActiveTrailContext, type ActiveTrailCredentials, createClient } from '../client.ts'
import type { Contact } from '../schemas.ts'
import { locate, NOBODY, type Who, who, whoFields, withContact } from './who.ts'

type Channel = 'status' | 'sms_status'

const optOut = withContact(who)

const CONSENT = 'Say how and when this person agreed to be written to: at least ten letters.'
const consented = who.extend({ consent: z.string(CONSENT).min(10, CONSENT), subscribe_ip: z.string().optional() })
const optIn = withContact(consented)
type OptIn = z.infer<typeof consented>

const consentFields: Field[] = [
  { key: 'consent', label: 'How and when consent was given', type: 'text', required: true },
  { key: 'subscribe_ip', label: 'IP address of the consent', type: 'text' },
]

const unsubscribe = (key: string, name: string, channel: Channel): Action<ActiveTrailCredentials, Who> => ({
  key,
  name,
  description: 'Opts the contact out. It can only be opted in again with its consent.',
  object: 'contact',
  fields: whoFields,
  input: optOut,
  repeat: 'repeatable',
  async run(context, input) {
    const contact = await locate(context, input)
    if (!contact) return NOBODY
    if (contact.is_deleted || contact.is_do_not_mail) return unchanged(contact, 'It already receives nothing.')
    if (contact[channel] === 'Unsubscribed') return unchanged(contact)
    return await change(context, contact, { [channel]: 'Unsubscribed' })
  },
})

/** The text stays with the run, where it can be shown who was opted in on which grounds. */
const resubscribe = (key: string, name: string, channel: Channel): Action<ActiveTrailCredentials, OptIn> => ({
  key,
  name,
  description: 'Opts the contact in again. Only with the words of its consent, and never against a complaint of spam.',
  object: 'contact',
  fields: [...whoFields, ...consentFields],
  input: optIn,
  repeat: 'repeatable',
  async run(context, input) {
    const contact = await locate(context, input)
    if (!contact) return NOBODY
    if (contact[channel] === 'Subscribed') return unchanged(contact)
    const obstacle = obstacleOf(contact)
    if (obstacle) return { id: String(contact.id), effect: 'declined', note: obstacle }
    const { subscribe_ip } = input
    return await change(context, contact, { [channel]: 'Subscribed', ...(subscribe_ip && { subscribe_ip }) })
  },
})

export const subscriptionActions = [
  unsubscribe('unsubscribe_email', 'Unsubscribe from e-mail', 'status'),
  unsubscribe('unsubscribe_sms', 'Unsubscribe from SMS', 'sms_status'),
]

export const resubscriptionActions = [
  resubscribe('resubscribe_email', 'Subscribe to e-mail again', 'status'),
  resubscribe('resubscribe_sms', 'Subscribe to SMS again', 'sms_status'),
]

export const suppressContact: Action<ActiveTrailCredentials, Who> = {
  key: 'suppress_contact',
  name: 'Stop all messages',
  description: 'Sets do-not-mail: the contact receives nothing any more, on any channel.',
  object: 'contact',
  fields: whoFields,
  input: optOut,
  repeat: 'repeatable',
  async run(context, input) {
    const contact = await locate(context, input)
    if (!contact) return NOBODY
    if (contact.is_do_not_mail) return unchanged(contact)
    return await change(context, contact, { is_do_not_mail: true })
  },
}

async function change(context: ActiveTrailContext, contact: Contact, changes: object): Promise<ActionResult> {
  await createClient(context).put(`/contacts/${contact.id}`, changes)
  return { id: String(contact.id), effect: 'updated' }
}

const unchanged = (contact: Contact, note?: string): ActionResult => ({
  id: String(contact.id),
  effect: 'unchanged',
  ...(note && { note }),
})

function obstacleOf(contact: Contact): string | undefined {
  if (contact.is_deleted) return 'The contact is deleted in ActiveTrail.'
  if (contact.is_do_not_mail)
    return 'In ActiveTrail do-not-mail is set for this contact: only a person can clear it there.'
  if (contact.state === 'SPAM_COMPLIENT') return 'The contact complained of spam, so it was not subscribed again.'
  return undefined
}
