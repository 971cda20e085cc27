import type { Field, FieldType } from '../lib/field.ts'
import type { HighLevelApi } from './api.ts'
import { type CustomField, listCustomFields } from './custom-fields.ts'

/** What every contact has (HighLevel docs: Contacts). Not among them: when it was changed, which changes with every write. */
export const STANDARD_FIELDS: readonly Field[] = [
  { key: 'firstName', label: 'First name', type: 'text' },
  { key: 'lastName', label: 'Last name', type: 'text' },
  { key: 'name', label: 'Full name', type: 'text', readOnly: true },
  { key: 'email', label: 'E-mail', type: 'email' },
  { key: 'phone', label: 'Phone', type: 'phone' },
  { key: 'companyName', label: 'Company', type: 'text' },
  { key: 'address1', label: 'Street address', type: 'text' },
  { key: 'city', label: 'City', type: 'text' },
  { key: 'state', label: 'State', type: 'text' },
  { key: 'postalCode', label: 'Postal code', type: 'text' },
  { key: 'country', label: 'Country (two letters)', type: 'text' },
  { key: 'website', label: 'Website', type: 'text' },
  { key: 'timezone', label: 'Time zone', type: 'text' },
  { key: 'source', label: 'Source', type: 'text' },
  { key: 'dateOfBirth', label: 'Date of birth', type: 'date' },
  { key: 'assignedTo', label: 'Assigned user (id)', type: 'text' },
  { key: 'type', label: 'Kind of contact', type: 'text', readOnly: true },
  { key: 'dateAdded', label: 'Added', type: 'datetime', readOnly: true },
]

const CUSTOM_PREFIX = 'customFields.'

export const customKey = (id: string): string => `${CUSTOM_PREFIX}${id}`

/** Undefined for a field that every contact has. */
export const customId = (key: string): string | undefined =>
  key.startsWith(CUSTOM_PREFIX) ? key.slice(CUSTOM_PREFIX.length) : undefined

/** Those that every contact has, then those of this account, by `customFields.<id>`. */
export async function listContactFields(api: HighLevelApi, locationId: string): Promise<Field[]> {
  const custom = await listCustomFields(api, locationId)
  return [...STANDARD_FIELDS, ...custom.map(customContactField)]
}

/** Kinds whose values can be written. A list of text boxes, files and signatures are described by no document. */
const TYPES: Record<string, FieldType> = {
  TEXT: 'text',
  LARGE_TEXT: 'text',
  NUMERICAL: 'number',
  MONETORY: 'number',
  PHONE: 'phone',
  DATE: 'date',
  CHECKBOX: 'list',
  MULTIPLE_OPTIONS: 'list',
  SINGLE_OPTIONS: 'option',
  RADIO: 'option',
}

export function customContactField({ id, name, dataType, options }: CustomField): Field {
  const known = TYPES[dataType]
  const type = known ?? (dataType === 'TEXTBOX_LIST' ? 'list' : 'text')
  const isChosen = type === 'option' || type === 'list'
  return {
    key: customKey(id),
    label: name,
    type,
    ...(!known && { readOnly: true }),
    ...(known && isChosen && options.length > 0 && { options }),
  }
}
