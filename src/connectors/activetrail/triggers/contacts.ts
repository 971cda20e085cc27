import { canonicalJson } from '../../../lib/canonical-json.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailCredentials, EVER, readAnswer } from '../client.ts'
import { type InferredName, mergeRows, readInferred, subscriptionRows } from '../inferred.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import type { Watch } from '../polling/round.ts'
import { keyOf, type Listed } from '../polling/row.ts'
import { recently, source } from '../polling/sources.ts'
import { type Contact, contactListAnswer } from '../schemas.ts'
import { personData, personFields, personRow } from './fields.ts'

const contactsIn = (state: string, keyOfContact: (contact: Contact) => string): Watch => ({
  tells: 'appeared',
  sources: async () => [source('/contacts', { query: { CustomerStates: state, FromDate: EVER } })],
  read: (answer) => contactRows(answer, keyOfContact),
})

export function contactRows(answer: unknown, keyOfContact: (contact: Contact) => string): Listed {
  const rows = readAnswer(contactListAnswer, answer).map((contact) => ({
    key: keyOfContact(contact),
    who: { id: String(contact.id) },
    at: null,
    data: { contact_id: String(contact.id), ...personData(contact) },
  }))
  return { rows }
}

const byId = ({ id }: Contact): string => String(id)
/** ActiveTrail does not say when a contact was changed, and its date filter looks at the state only. */
const byContent = (contact: Contact): string => `${contact.id}-${keyOf(canonicalJson(contact))}`

const subscriptions = (path: string, name: InferredName): Watch => ({
  tells: 'appeared',
  sources: async (_client, around) => [source(path, { query: { FromDate: recently(around) } })],
  read: (answer) => ({
    rows: readInferred(name, subscriptionRows, answer).map((person) => personRow(person)),
  }),
})

const merges: Watch = {
  tells: 'appeared',
  sources: async () => [source('/contacts/merges', { query: { FromDate: EVER } })],
  read: (answer) => ({
    rows: readInferred('merges', mergeRows, answer).map((row) => {
      const key = row.id ? String(row.id) : keyOf(row.email, row.sms)
      return { key, who: { id: key }, at: null, data: personData(row) }
    }),
  }),
}

const aboutContact = (key: string, name: string, watch: Watch) =>
  pollTrigger({ key, name, object: 'contact', fields: personFields, watch })

export const contactTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  aboutContact('contact_changed', 'Contact added or changed', { ...contactsIn('ALL', byContent), isReserve: true }),
  aboutContact(
    'contact_subscribed',
    'Contact subscribed',
    subscriptions('/contacts/Subscription/Subscribers', 'subscriptions'),
  ),
  aboutContact(
    'contact_unsubscribed',
    'Contact unsubscribed from e-mail',
    subscriptions('/contacts/Subscription/Unsubscribers', 'subscriptions'),
  ),
  aboutContact(
    'sms_unsubscribed',
    'Contact unsubscribed from SMS',
    subscriptions('/contacts/unsubscribers/sms', 'smsUnsubscribers'),
  ),
  aboutContact('contact_bounced', 'Contact’s e-mail address bounced', contactsIn('BOUNCED', byId)),
  aboutContact('spam_complaint', 'Contact complained of spam', contactsIn('SPAM_COMPLIENT', byId)), // the vendor's spelling
  pollTrigger({
    key: 'merge_conflict',
    name: 'Two contacts have to be merged',
    object: 'account',
    fields: personFields.filter(({ key }) => key !== 'contact_id'),
    watch: merges,
  }),
]
