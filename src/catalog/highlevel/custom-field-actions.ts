import { z } from 'zod'
import { customId, customKey, listContactFields } from '../../highlevel/contact-fields.ts'
import { createCustomField, listCustomFields, SIMPLE_DATA_TYPES } from '../../highlevel/custom-fields.ts'
import { Trouble } from '../../lib/trouble.ts'
import type { AnyPlatformAction, PlatformAction } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { filled, id, oneOf } from './inputs.ts'
import { writeValues } from './update-contact.ts'

const FIELD = { key: 'fieldId', label: 'Field', type: 'option', required: true } as const
const VALUE = { key: 'value', label: 'Value', type: 'text' } as const

const ANY = 'Enter a text, a number, or several texts.'
const setting = z.strictObject({
  contactId: id,
  fieldId: id,
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()], ANY),
})

const setCustomField: PlatformAction<z.infer<typeof setting>> = {
  key: 'set_custom_field',
  name: 'Set a field of your account',
  description: 'Writes one field that your account made for its contacts. An empty value empties it.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, FIELD, VALUE],
  listFields: async ({ api, locationId }) => {
    const own = (await listContactFields(api, locationId)).filter(({ key, readOnly }) => customId(key) && !readOnly)
    const options = own.map(({ key, label }) => [customId(key) ?? '', label] as const)
    const optionNames = Object.fromEntries(options)
    return [CONTACT, { ...FIELD, options: Object.keys(optionNames), optionNames }, VALUE]
  },
  input: setting,
  repeat: 'repeatable',
  run: async (context, { contactId, fieldId, value }) => {
    const fields = await listContactFields(context.api, context.locationId)
    const field = fields.find(({ key }) => key === customKey(fieldId))
    if (!field || field.readOnly) throw new Trouble('rejected', { detail: field ? NOT_WRITABLE : UNKNOWN })
    return writeValues(context, contactId, { [field.key]: value })
  },
}

const UNKNOWN = 'Your account does not have this field (any more). Choose another one.'
const NOT_WRITABLE = 'This field can only be filled in your account itself. Choose another one.'

const creation = z.strictObject({ name: filled.max(100, 'Enter a shorter name.'), dataType: oneOf(SIMPLE_DATA_TYPES) })

const createCustomFieldAction: PlatformAction<z.infer<typeof creation>> = {
  key: 'create_custom_field',
  name: 'Create a field of your account',
  description: 'Makes sure that contacts of the account have a field of this name.',
  object: 'contact',
  scope: 'locations/customFields.write',
  fields: [
    { key: 'name', label: 'Name', type: 'text', required: true },
    { key: 'dataType', label: 'Kind', type: 'option', required: true, options: [...SIMPLE_DATA_TYPES] },
  ],
  input: creation,
  repeat: 'repeatable',
  run: async ({ api, locationId }, { name, dataType }) => {
    const known = (await listCustomFields(api, locationId)).find((field) => sameName(field.name, name))
    if (!known) return { id: (await createCustomField(api, locationId, { name, dataType })).id, effect: 'created' }
    if (known.dataType === dataType) return { id: known.id, effect: 'unchanged' }
    return { id: known.id, effect: 'declined', note: OTHER_KIND }
  },
}

const OTHER_KIND = 'Your account has a field of this name already, of another kind.'

const sameName = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase()

export const customFieldActions: AnyPlatformAction[] = [setCustomField, createCustomFieldAction]
