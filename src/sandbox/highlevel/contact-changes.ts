import type { ContactInput, CustomFieldInput } from './contact-input.ts'
import type { Contact, ContactText, CustomField, CustomValue } from './data.ts'

const TEXTS: ContactText[] = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'companyName',
  'address1',
  'city',
  'state',
  'country',
  'postalCode',
  'website',
  'timezone',
  'source',
  'dateOfBirth',
  'assignedTo',
]

/** The contact as the input leaves it. Tags are replaced as a list, custom fields one by one. */
export function changedContact(contact: Contact, input: ContactInput, fields: CustomField[], now: number): Contact {
  const changed: Contact = { ...contact, dateUpdated: new Date(now).toISOString() }
  const given = { ...splitName(input), ...input }
  for (const name of TEXTS) setText(changed, name, given[name])
  if (input.tags !== undefined) changed.tags = cleanTags(input.tags)
  if (input.customFields !== undefined) changed.customFields = mergeValues(contact, input.customFields, fields)
  if (input.dnd !== undefined) changed.dnd = input.dnd
  if (input.dndSettings !== undefined) changed.dndSettings = { ...contact.dndSettings, ...input.dndSettings }
  if (input.inboundDndSettings !== undefined) changed.inboundDndSettings = input.inboundDndSettings
  return changed
}

/** A name alone fills first and last name; given beside them it says nothing new. */
function splitName({ name, firstName, lastName }: ContactInput): ContactInput {
  if (typeof name !== 'string' || firstName !== undefined || lastName !== undefined) return {}
  const [first = '', ...rest] = name.trim().split(/\s+/)
  return { firstName: first, lastName: rest.join(' ') }
}

function setText(contact: Contact, name: ContactText, value: string | null | undefined): void {
  if (value === undefined) return
  if (value === null || value === '') delete contact[name]
  else contact[name] = value
}

/** The platform writes tags in lower case, each once. */
export const cleanTags = (tags: string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== '')),
]

function mergeValues(contact: Contact, inputs: CustomFieldInput[], fields: CustomField[]): CustomValue[] {
  const values = new Map(contact.customFields.map((one) => [one.id, one]))
  for (const input of inputs) {
    const field = fields.find((one) => one.id === input.id || one.fieldKey === asFieldKey(input.key))
    // Dropped without a word: a field nobody knows, and a value under another name than field_value.
    if (field === undefined || input.field_value === undefined) continue
    const value = storedValue(input.field_value)
    if (value === undefined) values.delete(field.id)
    else values.set(field.id, { id: field.id, value })
  }
  return [...values.values()]
}

const asFieldKey = (key: string | undefined): string | undefined =>
  key === undefined || key.startsWith('contact.') ? key : `contact.${key}`

/** Read back, a value is text, except the choices of a list and the files of a file field. */
export function storedValue(value: unknown): CustomValue['value'] | undefined {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return undefined
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'object' ? { ...value } : String(value)
}
