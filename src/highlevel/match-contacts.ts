import type { HighLevelApi } from './api.ts'
import { findDuplicate, searchByIdentity } from './find-contacts.ts'
import { asNumber, isSameEmail } from './identity.ts'
import { findContact, type WholeContact } from './whole-contact.ts'

export type Matches = {
  /** By e-mail address, else by number: all who have exactly it. */
  exact: WholeContact[]
  /** Whom the platform would take for the same person although they are not: writing a new one would write to them. */
  others: { byEmail: WholeContact[]; byNumber: WholeContact[] }
}

const NO_OTHERS = { byEmail: [], byNumber: [] }

export type Identity = {
  locationId: string
  email: string | null
  phone: string | null
  /** `when_named` saves a call for each who is new; it finds others only beside the one that the platform names. */
  search: 'always' | 'when_named'
  /** Ids that a search has just shown for the address. Whom it is confirmed of is meant, and nobody else is looked for. */
  shown?: readonly string[]
}

/**
 * Asks the platform's own rule first, which sees what was written a moment ago, and then the search, which sees everyone but
 * lags behind. Each is read again by its id. Who shares a number and has an e-mail address of his own is someone else.
 */
export async function matchContacts(
  api: HighLevelApi,
  { locationId, email, phone, search, shown = [] }: Identity,
): Promise<Matches> {
  const address = email?.trim() || null
  const confirmed = (await readThere(api, shown)).filter((contact) => hasEmail(contact, address))
  if (confirmed.length > 0) return { exact: confirmed, others: NO_OTHERS }
  const byEmail = address ? await lookUp(api, { locationId, by: 'email', value: address, search }) : []
  const sameAddress = byEmail.filter((contact) => hasEmail(contact, address))
  if (sameAddress.length > 0) return { exact: sameAddress, others: NO_OTHERS }
  const number = asNumber(phone)
  const byNumber = number ? await lookUp(api, { locationId, by: 'phone', value: number, search }) : []
  const samePerson = byNumber.filter(
    (contact) => asNumber(contact.fields.phone) === number && !isSomeoneElse(contact, address),
  )
  if (samePerson.length > 0) return { exact: samePerson, others: { byEmail, byNumber: [] } }
  return { exact: [], others: { byEmail, byNumber } }
}

type LookUp = { locationId: string; by: 'email' | 'phone'; value: string; search: Identity['search'] }

async function lookUp(api: HighLevelApi, wanted: LookUp): Promise<WholeContact[]> {
  const duplicate = await findDuplicate(api, wanted)
  const searched = duplicate || wanted.search === 'always' ? await searchByIdentity(api, wanted) : []
  const ids = [...new Set([...(duplicate ? [duplicate] : []), ...searched])]
  return (await readThere(api, ids)).filter((contact) => isCandidate(contact, wanted, contact.id === duplicate))
}

async function readThere(api: HighLevelApi, ids: readonly string[]): Promise<WholeContact[]> {
  const contacts: WholeContact[] = []
  for (const id of ids) {
    const contact = await findContact(api, id)
    if (contact && !contact.isDeleted) contacts.push(contact)
  }
  return contacts
}

/** What the search shows may have changed since; what the platform's rule names counts, whatever it looks like. */
const isCandidate = (contact: WholeContact, { by, value }: LookUp, isNamed: boolean): boolean =>
  isNamed || (by === 'email' ? hasEmail(contact, value) : asNumber(contact.fields.phone) === value)

/** A further address of someone is an address of theirs. */
const hasEmail = ({ fields, additionalEmails }: WholeContact, email: string | null): boolean =>
  [fields.email, ...additionalEmails].some((one) => isSameEmail(one, email))

const isSomeoneElse = (contact: WholeContact, email: string | null): boolean =>
  Boolean(email && contact.fields.email && !hasEmail(contact, email))
