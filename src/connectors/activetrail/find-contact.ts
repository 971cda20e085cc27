import type { PartnerRecord, RecordKey } from '../connector.ts'
import { type ActiveTrailClient, type ActiveTrailContext, createClient, listAll, orNotFound } from './client.ts'
import { isSameEmail, isSameNumber, nationalDigits } from './map.ts'
import { type Contact, contactAnswer } from './schemas.ts'

export async function findContactRecord(
  context: ActiveTrailContext,
  key: RecordKey,
): Promise<PartnerRecord | undefined> {
  const client = createClient(context)
  const found = 'id' in key ? await findContactById(client, key.id) : await findContact(client, key)
  return found && { id: String(found.id), data: found, isDeleted: found.is_deleted === true }
}

export const findContactById = (client: ActiveTrailClient, id: string | number): Promise<Contact | undefined> =>
  orNotFound(client.get(`/contacts/${encodeURIComponent(id)}`, {}, contactAnswer))

/** By e-mail, the identity; then by number. */
export async function findContact(
  client: ActiveTrailClient,
  { email, phone }: { email?: string | undefined; phone?: string | undefined },
): Promise<Contact | undefined> {
  const byEmail = email && (await search(client, email, (one) => isSameEmail(one.email ?? '', email)))
  if (byEmail) return byEmail
  return phone ? await search(client, nationalDigits(phone), (one) => isSameNumber(one.sms ?? '', phone)) : undefined
}

/** The search finds parts and, unless told otherwise, only the last three months. A living contact comes first. */
async function search(
  client: ActiveTrailClient,
  term: string,
  isWanted: (contact: Contact) => boolean,
): Promise<Contact | undefined> {
  const everything = { SearchTerm: term, CustomerStates: 'ALL', FromDate: '2000-01-01' }
  const matches = (await listAll(client, '/contacts', everything, contactAnswer)).filter(isWanted)
  return matches.find((one) => !one.is_deleted) ?? matches[0]
}
