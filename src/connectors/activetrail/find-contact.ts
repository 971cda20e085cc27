import type { FieldValues } from '../../lib/field.ts'
import { Trouble } from '../../lib/trouble.ts'
import type { PartnerRecord, RecordKey } from '../connector.ts'
import { type ActiveTrailClient, type ActiveTrailContext, createClient, EVER, listAll, orNotFound } from './client.ts'
import { isSameEmail, isSameNumber, nationalDigits } from './map.ts'
import { type Contact, contactAnswer } from './schemas.ts'

export async function findContactRecord(
  context: ActiveTrailContext,
  key: RecordKey,
): Promise<PartnerRecord | undefined> {
  const client = createClient(context)
  const found = 'id' in key ? await findContactById(client, key.id) : await findContact(client, key)
  return found && recordOf(found)
}

export const recordOf = (contact: Contact): PartnerRecord => ({
  id: String(contact.id),
  data: contact,
  isDeleted: contact.is_deleted === true,
})

/** Everyone who has this e-mail address or this number. */
export async function matchContacts(context: ActiveTrailContext, identity: FieldValues): Promise<PartnerRecord[]> {
  const client = createClient(context)
  const { email, sms } = identity
  const found = [
    ...(email ? await findByEmail(client, String(email)) : []),
    ...(sms ? await findByNumber(client, String(sms)) : []),
  ]
  return [...new Map(found.map((contact) => [contact.id, recordOf(contact)])).values()]
}

export const findContactById = (client: ActiveTrailClient, id: string | number): Promise<Contact | undefined> =>
  orNotFound(client.get(`/contacts/${encodeURIComponent(id)}`, {}, contactAnswer))

/** The one that whoever asks has read already, or as it is there now. Throws `not_found`. */
export async function getContact(context: ActiveTrailContext, id: number): Promise<Contact> {
  const { data } = contactAnswer.safeParse(context.known?.data)
  const contact = data?.id === id ? data : await findContactById(createClient(context), id)
  if (contact) return contact
  throw new Trouble('not_found', { detail: 'ActiveTrail does not know this contact (any more).' })
}

/** By e-mail, the identity; then by number. A living contact comes first. */
export async function findContact(
  client: ActiveTrailClient,
  { email, phone }: { email?: string | undefined; phone?: string | undefined },
): Promise<Contact | undefined> {
  const byEmail = email && livingFirst(await findByEmail(client, email))
  return byEmail || (phone ? livingFirst(await findByNumber(client, phone)) : undefined)
}

const livingFirst = (contacts: Contact[]): Contact | undefined => contacts.find((one) => !one.is_deleted) ?? contacts[0]

const findByEmail = async (client: ActiveTrailClient, email: string): Promise<Contact[]> =>
  (await search(client, email)).filter((one) => isSameEmail(one.email ?? '', email))

const findByNumber = async (client: ActiveTrailClient, number: string): Promise<Contact[]> =>
  (await search(client, nationalDigits(number))).filter((one) => isSameNumber(one.sms ?? '', number))

/** The search finds parts. */
const search = (client: ActiveTrailClient, term: string): Promise<Contact[]> =>
  listAll(client, '/contacts', { SearchTerm: term, CustomerStates: 'ALL', FromDate: EVER }, contactAnswer)
