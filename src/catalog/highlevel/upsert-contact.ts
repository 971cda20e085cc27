import { z } from 'zod'
import type { ActionResult } from '../../connectors/connector.ts'
import { changeTags, lostTagsSentence } from '../../highlevel/change-tags.ts'
import { hasIdentity, makeContact, NO_IDENTITY } from '../../highlevel/make-contact.ts'
import type { PlatformAction, PlatformContext } from '../platform-action.ts'
import { fieldsFor, listWritable } from './account-fields.ts'
import { contactInput, valuesOf, WRITABLE } from './contact-input.ts'
import { contactResult } from './contact-result.ts'
import { tags } from './tag-input.ts'

const input = contactInput({ tags: z.array(z.string()).nullish() }).refine(
  (given) => hasIdentity(valuesOf(given)),
  NO_IDENTITY,
)

const TAGS = { key: 'tags', label: 'Tags to add', type: 'list' } as const

export const upsertContact: PlatformAction<z.infer<typeof input>> = {
  key: 'upsert_contact',
  name: 'Create or update contact',
  description: 'Finds the contact by e-mail, or by phone without one, and writes the fields; creates it if new.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [...WRITABLE, TAGS],
  takesOwnFields: true,
  listFields: async (context) => [...(await listWritable(context)), TAGS],
  input,
  repeat: 'repeatable',
  run,
}

async function run(context: PlatformContext, given: z.infer<typeof input>): Promise<ActionResult> {
  const { api, locationId } = context
  const values = valuesOf(given)
  const fields = await fieldsFor(context, values)
  const restrictions = {}
  const claim = async (): Promise<void> => {} // no pair is made here
  const made = await makeContact(api, {
    values,
    restrictions,
    fields,
    locationId,
    isAbsent: false,
    firstTags: [],
    claim,
  })
  const add = tags.safeParse(given.tags).data ?? []
  const { tags: all, lost } = await changeTags(api, made.contact.id, { add, remove: [] })
  const note = [made.note, lostTagsSentence(lost)].filter(Boolean).join(' ')
  const effect = all && made.effect === 'unchanged' ? 'updated' : made.effect
  return contactResult({ contact: { ...made.contact, ...(all && { tags: all }) }, effect, note }, fields)
}
