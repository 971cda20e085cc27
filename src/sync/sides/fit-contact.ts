import { STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import { hasIdentity, NO_IDENTITY } from '../../highlevel/make-contact.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import type { FittedWrite, SideWrite } from './side.ts'

/** Without what the platform is known to refuse, and in the form in which it takes the rest. */
export function fitContact(write: SideWrite, { isNew }: { isNew: boolean }): FittedWrite {
  const fields: FieldValues = {}
  const leftOut: string[] = []
  for (const [key, value] of Object.entries(write.fields)) {
    const fitted = fitValue(key, value)
    if (fitted === undefined) leftOut.push(key)
    else fields[key] = fitted
  }
  return { write: { ...write, fields }, leftOut, obstacle: isNew && !hasIdentity(fields) ? NO_IDENTITY : null }
}

/** Undefined for what cannot be written. */
function fitValue(key: string, value: FieldValue): FieldValue | undefined {
  if (READ_ONLY.includes(key)) return undefined
  const form = typeof value === 'string' && value !== '' ? FORMS[key] : undefined
  if (!form) return value
  const text = String(value).trim()
  return form.test(text) ? (key === 'country' ? text.toUpperCase() : text) : undefined
}

const READ_ONLY = STANDARD_FIELDS.filter(({ readOnly }) => readOnly).map(({ key }) => key)

/** HighLevel's OpenAPI document of contacts: UpdateContactDto; its list of countries has two letters for each. */
const FORMS: Record<string, RegExp> = {
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  country: /^[A-Za-z]{2}$/,
  dateOfBirth: /^\d{4}-\d{2}-\d{2}$/,
}
