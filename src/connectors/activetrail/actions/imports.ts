import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient } from '../client.ts'
import { importAnswer } from '../inferred.ts'
import { writable } from './contact-input.ts'
import { filledInObject, id } from './inputs.ts'

/** ActiveTrail takes no more in one call. */
const CHUNK = 1000
const MOST = 10_000

const contact = filledInObject(
  writable.refine((input) => input.email || input.sms, 'Each contact needs an e-mail address or an SMS number.'),
)
const CONTACTS = 'Name the contacts, each with its fields.'
const bulk = z.strictObject({
  group_id: id,
  mailing_list_id: id.optional(),
  contacts: z.array(contact, CONTACTS).min(1, CONTACTS).max(MOST, `At most ${MOST} contacts at once.`),
})

export const bulkImportContacts: Action<ActiveTrailCredentials, z.infer<typeof bulk>> = {
  key: 'bulk_import_contacts',
  name: 'Import contacts',
  description: 'Creates or updates many contacts and adds them to a group. Those that are refused keep no other out.',
  object: 'contact',
  // The contacts themselves come by the API: a row of a flow sets no list of records.
  fields: [
    { key: 'group_id', label: 'Group', type: 'text', required: true },
    { key: 'mailing_list_id', label: 'Mailing list', type: 'text' },
  ],
  input: filledInObject(bulk),
  repeat: 'repeatable',
  async run(context, { group_id, mailing_list_id, contacts }) {
    const client = createClient(context)
    let [accepted, refused] = [0, 0]
    for (let start = 0; start < contacts.length; start += CHUNK) {
      const chunk = contacts.slice(start, start + CHUNK)
      const body = { group: group_id, ...(mailing_list_id && { mailing_list: mailing_list_id }), contacts: chunk }
      const { success, contact_errors: errors } = await client.post('/contacts/Import', body, importAnswer)
      accepted += success
      refused += errors?.length ?? 0
    }
    const note = refused > 0 ? `ActiveTrail refused ${refused} of ${contacts.length} contacts.` : undefined
    return { id: String(group_id), effect: 'updated', ...(note && { note }), record: { accepted, refused } }
  },
}
