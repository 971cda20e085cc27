import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { findDuplicate } from './find-contacts.ts'
import { asNumber } from './identity.ts'
import type { WholeContact } from './whole-contact.ts'
import { upsertContact } from './write-contacts.ts'

/**
 * The company of a contact that is there. An update does not take it (HighLevel's OpenAPI document of contacts:
 * UpdateContactDto), an upsert does; so by what the platform itself tells this contact by, and nothing else of it. Undefined where
 * there is nothing that leads to this contact alone.
 */
export async function writeCompany(
  api: HighLevelApi,
  { locationId, contact, company }: { locationId: string; contact: WholeContact; company: string },
): Promise<WholeContact | undefined> {
  const { email } = contact.fields
  const number = asNumber(contact.fields.phone)
  if (email && (await findDuplicate(api, { locationId, by: 'email', value: email })) === contact.id) {
    return isOnly(contact, await upsertContact(api, { locationId, body: { email, companyName: company || null } }))
  }
  if (number && (await findDuplicate(api, { locationId, by: 'phone', value: number })) === contact.id) {
    return isOnly(
      contact,
      await upsertContact(api, { locationId, body: { phone: number, companyName: company || null } }),
    )
  }
  return undefined
}

function isOnly({ id }: WholeContact, { contact }: { contact: WholeContact }): WholeContact {
  if (contact.id === id) return contact
  throw new Trouble('unexpected_answer', { detail: 'The company was written to another contact of your account.' })
}
