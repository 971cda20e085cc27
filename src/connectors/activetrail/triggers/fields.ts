import type { Field, FieldValues } from '../../../lib/field.ts'
import { keyOf, type Row, type Who } from '../polling/row.ts'

/** What events about people say, as far as the list has it. */
export const personFields: Field[] = [
  { key: 'contact_id', label: 'ActiveTrail id of the contact', type: 'text' },
  { key: 'email', label: 'E-mail', type: 'email' },
  { key: 'sms', label: 'SMS number', type: 'phone' },
  { key: 'first_name', label: 'First name', type: 'text' },
  { key: 'last_name', label: 'Last name', type: 'text' },
]

type Person = {
  email?: string | null | undefined
  sms?: string | null | undefined
  phone_number?: string | null | undefined
  first_name?: string | null | undefined
  last_name?: string | null | undefined
}

export const personData = (person: Person): FieldValues => ({
  email: person.email || null,
  sms: person.sms || person.phone_number || null,
  first_name: person.first_name || null,
  last_name: person.last_name || null,
})

/** Rows without either do not come this far. */
const whoIs = (person: Person): Who =>
  person.email ? { email: person.email } : { phone: person.sms || person.phone_number || '' }

/** In small letters, or the digits: however it is spelt next time. */
export const identityOf = (person: Person): string =>
  person.email ? person.email.toLowerCase() : (person.sms || person.phone_number || '').replace(/\D/g, '')

/** That this person is in a list. */
export const personRow = (person: Person, more: Partial<Row> = {}): Row => ({
  key: keyOf(identityOf(person)),
  who: whoIs(person),
  at: null,
  ...more,
  data: { ...personData(person), ...more.data },
})
