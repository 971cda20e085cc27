import type { z } from 'zod'
import type { ActionResult } from '../../connectors/connector.ts'
import { contactValues } from '../../highlevel/contact-values.ts'
import { lostFields } from '../../highlevel/lost-fields.ts'
import { getContactThere } from '../../highlevel/put-contact.ts'
import { saveContact } from '../../highlevel/save-contact.ts'
import type { FieldValues } from '../../lib/field.ts'
import type { PlatformAction, PlatformContext } from '../platform-action.ts'
import { fieldsFor, listWritable } from './account-fields.ts'
import { CONTACT, contactInput, valuesOf, WRITABLE } from './contact-input.ts'
import { contactResult } from './contact-result.ts'
import { id } from './inputs.ts'

const NOTHING = 'Choose at least one field to write.'
const input = contactInput({ contactId: id }).refine((given) => Object.keys(valuesOf(given)).length > 0, NOTHING)

export const updateContact: PlatformAction<z.infer<typeof input>> = {
  key: 'update_contact',
  name: 'Update contact',
  description: 'Writes fields of a contact that is there. What is there already is not written again.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, ...WRITABLE],
  takesOwnFields: true,
  listFields: async (context) => [CONTACT, ...(await listWritable(context))],
  input,
  repeat: 'repeatable',
  run: (context, given) => writeValues(context, given.contactId, valuesOf(given)),
}

/** Only what differs is sent, so that whatever else was done there stays. */
export async function writeValues(
  context: PlatformContext,
  contactId: string,
  values: FieldValues,
): Promise<ActionResult> {
  const { api, locationId } = context
  const fields = await fieldsFor(context, values)
  const known = await getContactThere(api, contactId)
  const there = contactValues(known, fields)
  const isWrong = (key: string): boolean =>
    !fields.some((field) => field.key === key) || lostFields({ [key]: values[key] ?? null }, there, fields).length > 0
  const differing = Object.fromEntries(Object.entries(values).filter(([key]) => isWrong(key)))
  const saved = await saveContact(api, known, { values: differing, restrictions: {} }, { locationId, fields })
  return contactResult({ ...saved, contact: saved.contact ?? known }, fields)
}
