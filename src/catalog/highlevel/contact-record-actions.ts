import { z } from 'zod'
import { STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import { asNumber } from '../../highlevel/identity.ts'
import { matchContacts } from '../../highlevel/match-contacts.ts'
import { deleteContact } from '../../highlevel/write-contacts.ts'
import type { PlatformAction } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { contactResult } from './contact-result.ts'
import { id, optional, text } from './inputs.ts'
import { removedOr } from './results.ts'

const named = z.strictObject({ contactId: id })

export const deleteContactAction: PlatformAction<z.infer<typeof named>> = {
  key: 'delete_contact',
  name: 'Delete contact',
  description: 'Deletes the contact with everything that belongs to it. This cannot be undone.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT],
  input: named,
  repeat: 'repeatable',
  run: async ({ api }, { contactId }) => removedOr(contactId, await deleteContact(api, contactId)),
}

const search = z
  .strictObject({ email: optional(text), phone: optional(text) })
  .refine(
    ({ email, phone }) => email?.trim() || asNumber(phone),
    'Enter an e-mail address, or a phone number with its country code.',
  )

export const findContactAction: PlatformAction<z.infer<typeof search>> = {
  key: 'find_contact',
  name: 'Find contact',
  description: 'The contact with exactly this e-mail address; without one, with exactly this phone number.',
  object: 'contact',
  scope: 'contacts.readonly',
  fields: [
    { key: 'email', label: 'E-mail', type: 'email' },
    { key: 'phone', label: 'Phone', type: 'phone' },
  ],
  input: search,
  repeat: 'repeatable',
  run: async ({ api, locationId }, { email = null, phone = null }) => {
    const { exact } = await matchContacts(api, { locationId, email, phone, search: 'always' })
    const [contact] = exact
    if (!contact) return { id: null, effect: 'declined', note: 'Your account has no such contact.' }
    if (exact.length > 1) return { id: null, effect: 'declined', note: SEVERAL }
    return contactResult({ contact, effect: 'unchanged' }, STANDARD_FIELDS)
  },
}

const SEVERAL = 'Several contacts of your account have this e-mail address or phone number, so none was chosen.'
