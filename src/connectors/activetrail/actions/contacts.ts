import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient, deleteIfThere } from '../client.ts'
import { findContact, findContactById, getContact } from '../find-contact.ts'
import { contactFields } from '../map.ts'
import { type ContactInput, contactInput, writable } from './contact-input.ts'
import { contactIdField, filledInObject, id } from './inputs.ts'
import { createContact, createWithoutNumber, isSomeoneElse, writeContact } from './save-contact.ts'

export const upsertContact: Action<ActiveTrailCredentials, ContactInput> = {
  key: 'upsert_contact',
  name: 'Create or update contact',
  description: 'Finds the contact by e-mail, or by SMS number without one, and writes the fields; creates it if new.',
  object: 'contact',
  input: contactInput,
  repeat: 'repeatable',
  async run(context, input) {
    const client = createClient(context)
    const isLookedFor = context.known === null
    const found = isLookedFor ? undefined : await findContact(client, { email: input.email, phone: input.sms })
    if (found && isSomeoneElse(found, input)) return createWithoutNumber(client, input)
    if (!found) return createContact(client, input)
    await context.claim?.(String(found.id))
    return writeContact(client, found, input)
  },
}

const updateInput = filledInObject(writable.extend({ contact_id: id }))

export const updateContact: Action<ActiveTrailCredentials, z.infer<typeof updateInput>> = {
  key: 'update_contact',
  name: 'Update contact',
  description: 'Writes the fields of the contact with this ActiveTrail id, its e-mail address included.',
  object: 'contact',
  input: updateInput,
  repeat: 'repeatable',
  fields: [contactIdField, ...contactFields.filter(({ readOnly }) => !readOnly)],
  async run(context, { contact_id, ...input }) {
    return writeContact(createClient(context), await getContact(context, contact_id), input)
  },
}

const removal = filledInObject(z.strictObject({ contact_id: id }))

/** The one thing here that cannot be taken back by hand in every account: only a flow that was told to delete calls it. */
export const deleteContact: Action<ActiveTrailCredentials, { contact_id: number }> = {
  key: 'delete_contact',
  name: 'Delete contact',
  description: 'Deletes the contact with this ActiveTrail id.',
  object: 'contact',
  input: removal,
  repeat: 'repeatable',
  fields: [contactIdField],
  async run(context, { contact_id }) {
    const gone = { id: String(contact_id), effect: 'unchanged' } as const
    const known = await findContactById(createClient(context), contact_id)
    if (!known || known.is_deleted) return gone
    const isDone = await deleteIfThere(createClient(context), `/contacts/${contact_id}`)
    return isDone ? { id: String(contact_id), effect: 'removed' } : gone
  },
}

export const archiveContact: Action<ActiveTrailCredentials, { contact_id: number }> = {
  key: 'archive_contact',
  name: 'Set contact aside',
  description: 'Marks the contact as deleted without erasing it: it receives nothing and can be brought back.',
  object: 'contact',
  input: removal,
  repeat: 'repeatable',
  fields: [contactIdField],
  async run(context, { contact_id }) {
    const known = await getContact(context, contact_id)
    if (known.is_deleted) return { id: String(contact_id), effect: 'unchanged', record: known }
    await createClient(context).put(`/contacts/${contact_id}`, { is_deleted: true })
    return { id: String(contact_id), effect: 'removed' }
  },
}
