import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient } from '../client.ts'
import { contactIdField, filledInObject, id, text } from './inputs.ts'

const mapping = z.strictObject({ contact_id: id, external_id: text, external_name: text.default('Causeway') })

export const mapExternalId: Action<ActiveTrailCredentials, z.infer<typeof mapping>> = {
  key: 'map_external_id',
  name: 'Note an outside id',
  description: 'Notes with the contact which id it has in another system.',
  object: 'contact',
  fields: [
    contactIdField,
    { key: 'external_id', label: 'Id in the other system', type: 'text', required: true },
    { key: 'external_name', label: 'Name of the other system', type: 'text' },
  ],
  input: filledInObject(mapping),
  repeat: 'repeatable',
  async run(context, { contact_id, external_id, external_name }) {
    // This family of calls writes its names in camel case.
    const body = { customerId: contact_id, externalId: external_id, externalName: external_name }
    await createClient(context).post('/external/mapping', body, z.unknown())
    return { id: String(contact_id), effect: 'updated' }
  },
}
