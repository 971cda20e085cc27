import type { Field, FieldValue, FieldValues } from '../lib/field.ts'
import { customId } from './contact-fields.ts'
import type { ContactBody, ContactTexts, NewContactBody } from './write-contacts.ts'

/** What is sent, and the keys of what cannot be. */
export type EncodedContact<Body> = { body: Body; leftOut: string[] }

const TEXTS = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'address1',
  'city',
  'state',
  'postalCode',
  'country',
  'website',
  'timezone',
  'source',
  'dateOfBirth',
  'assignedTo',
] as const satisfies readonly (keyof ContactTexts)[]

/** An empty text clears these: null is refused (HighLevel's OpenAPI document of contacts: UpdateContactDto). */
const NOT_NULLABLE: readonly string[] = ['postalCode', 'country']

/** An update may not name the company (same document): that goes its own way. */
export function contactBody(values: FieldValues, fields: readonly Field[]): EncodedContact<ContactBody> {
  const texts = TEXTS.flatMap((key) => (values[key] === undefined ? [] : [[key, asText(values[key], key)] as const]))
  const customFields = Object.entries(values).flatMap(([key, value]) => encodeCustom(key, value, fields))
  const sent = new Set<string>([...texts.map(([key]) => key), ...customFields.map(({ key }) => key)])
  return {
    body: {
      ...Object.fromEntries(texts),
      ...(customFields.length > 0 && { customFields: customFields.map(({ item }) => item) }),
    },
    leftOut: Object.keys(values).filter((key) => !sent.has(key)),
  }
}

export function newContactBody(values: FieldValues, fields: readonly Field[]): EncodedContact<NewContactBody> {
  const { companyName, ...others } = filledIn(values)
  const { body, leftOut } = contactBody(others, fields)
  return { body: { ...body, ...(companyName !== undefined && { companyName: asText(companyName, '') }) }, leftOut }
}

/** There is nothing to clear yet. */
const filledIn = (values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)))

const isEmpty = (value: FieldValue): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)

function asText(value: FieldValue | undefined, key: string): string | null {
  const text = value === null || value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value)
  return text === '' && !NOT_NULLABLE.includes(key) ? null : text
}

type Item = { id: string; field_value: string | number | string[] }

/** `field_value` is what the documents of this version name it; an empty one clears. */
function encodeCustom(key: string, value: FieldValue, fields: readonly Field[]): { key: string; item: Item }[] {
  const id = customId(key)
  const field = fields.find((one) => one.key === key)
  if (!id || !field || field.readOnly) return []
  if (field.type === 'list') return [{ key, item: { id, field_value: asList(value) } }]
  const number = field.type === 'number' && !isEmpty(value) ? Number(value) : Number.NaN
  return [{ key, item: { id, field_value: Number.isFinite(number) ? number : (asText(value, key) ?? '') } }]
}

const asList = (value: FieldValue): string[] =>
  isEmpty(value) || value === null ? [] : Array.isArray(value) ? value : [String(value)]
