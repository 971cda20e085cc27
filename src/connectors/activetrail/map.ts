import type { Field } from '../../lib/field.ts'
import type { Contact, FieldLabels } from './schemas.ts'

const STATUSES = ['None', 'Subscribed', 'Unsubscribed', 'Pending']

const numbered = (prefix: string, count: number, label: string, type: Field['type']): Field[] =>
  Array.from({ length: count }, (_, index) => ({ key: `${prefix}${index + 1}`, label: `${label} ${index + 1}`, type }))

/** What every account's contacts have. The numbered columns bear the names that the account gave them. */
export const contactFields: Field[] = [
  { key: 'email', label: 'E-mail', type: 'email' },
  { key: 'sms', label: 'SMS number', type: 'phone' },
  { key: 'first_name', label: 'First name', type: 'text' },
  { key: 'last_name', label: 'Last name', type: 'text' },
  { key: 'street', label: 'Street', type: 'text' },
  { key: 'city', label: 'City', type: 'text' },
  { key: 'zip_code', label: 'Postal code', type: 'text' },
  { key: 'phone1', label: 'Phone 1', type: 'phone' },
  { key: 'phone2', label: 'Phone 2', type: 'phone' },
  { key: 'fax', label: 'Fax', type: 'phone' },
  { key: 'birthday', label: 'Birthday', type: 'date' },
  { key: 'anniversary', label: 'Anniversary', type: 'date' },
  { key: 'subscribe_ip', label: 'IP address of the consent', type: 'text' },
  { key: 'status', label: 'E-mail subscription', type: 'option', options: STATUSES },
  { key: 'sms_status', label: 'SMS subscription', type: 'option', options: STATUSES },
  { key: 'is_do_not_mail', label: 'Do not mail', type: 'boolean' },
  { key: 'id', label: 'ActiveTrail id', type: 'number', readOnly: true },
  { key: 'state', label: 'State', type: 'text', readOnly: true },
  { key: 'is_optined', label: 'Opted in', type: 'boolean', readOnly: true },
  { key: 'is_deleted', label: 'Deleted', type: 'boolean', readOnly: true },
  ...numbered('ext', 25, 'Text', 'text'),
  ...numbered('date', 5, 'Date', 'date'),
  ...numbered('num', 5, 'Number', 'number'),
]

export const groupFields: Field[] = [
  { key: 'name', label: 'Name', type: 'text' },
  { key: 'id', label: 'ActiveTrail id', type: 'number', readOnly: true },
  { key: 'counter', label: 'Contacts', type: 'number', readOnly: true },
  { key: 'active_counter', label: 'Active contacts', type: 'number', readOnly: true },
  { key: 'created', label: 'Created', type: 'date', readOnly: true },
]

/** Columns arrive in mixed case (`EXT7`); those that are no property of ours (`FirstName`) name nothing we could write. */
export function labelFields(labels: FieldLabels): Field[] {
  const labelByKey = new Map(
    labels.map(({ field_source_column: column, field_display_name: label }) => [column?.toLowerCase(), label?.trim()]),
  )
  return contactFields.map((field) => ({ ...field, label: labelByKey.get(field.key) || field.label }))
}

/** What nobody filled in is not sent: an empty value would erase. */
export const filledIn = (values: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([key, value]) => [key, typeof value === 'string' ? value.trim() : value])
      .filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )

/** Dates travel with a time and without a zone. */
export const toDate = (date: string): string => (date.includes('T') ? date : `${date}T00:00:00`)

/** The fields that are not yet in the contact as sent. */
export function differing<Fields extends object>(contact: Contact, fields: Fields): Partial<Fields> {
  const entries = Object.entries(fields).filter(([key, value]) => !isSame(key, contact[key], value))
  return Object.fromEntries(entries) as Partial<Fields>
}

function isSame(key: string, there: unknown, sent: unknown): boolean {
  if (there === undefined || there === null) return false
  if (key === 'email') return isSameEmail(String(there), String(sent))
  if (key === 'sms') return isSameNumber(String(there), String(sent))
  return String(there) === String(sent)
}

export const isSameEmail = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

export const isSameNumber = (one: string, other: string): boolean => nationalDigits(one) === nationalDigits(other)

/**
 * Our reading, the vendor publishes no rule: `050…` and `+972 50…` are one number. The digits that both spellings share
 * also find it in a search, which looks for a part.
 */
export const nationalDigits = (number: string): string => number.replace(/\D/g, '').replace(/^(00)?972|^0/, '')

export const hasOptedOut = (contact: Contact): boolean =>
  contact.status === 'Unsubscribed' ||
  contact.sms_status === 'Unsubscribed' ||
  contact.state === 'CUSTOMER_REQUEST' ||
  contact.state === 'SPAM_COMPLIENT'
