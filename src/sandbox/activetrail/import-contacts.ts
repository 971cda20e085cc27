import { z } from 'zod'
import { parse, parseContactBody } from './contact-body.ts'
import { upsertContact } from './contacts.ts'
import { getGroup, joinGroup } from './groups.ts'
import { Refusal } from './refusal.ts'
import type { Account, World } from './state.ts'

const MOST_CONTACTS = 1000

const importBody = z.object({
  group: z.int('The Group field is required.'),
  mailing_list: z.int().nullish(),
  contacts: z.array(z.record(z.string(), z.unknown())).min(1, 'The Contacts field is required.'),
})

/** At once and one by one: what is wrong with one keeps none of the others out. The answer's names are inferred. */
export function importContacts(world: World, account: Account, body: unknown): object {
  const { group, contacts } = parse(importBody, body)
  if (contacts.length > MOST_CONTACTS) throw new Refusal('BadRequest')
  getGroup(account, group)
  const errors: object[] = []
  for (const contact of contacts) {
    try {
      joinGroup(world, account, group, upsertContact(world, account, parseContactBody(contact)).id)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      errors.push({ message: error.message, contact_error: contact })
    }
  }
  return { success: contacts.length - errors.length, contact_errors: errors }
}
