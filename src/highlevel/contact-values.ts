import type { Field, FieldValue, FieldValues } from '../lib/field.ts'
import { customId } from './contact-fields.ts'
import { dayOf } from './contacts.ts'
import { asNumber } from './identity.ts'
import type { WholeContact } from './whole-contact.ts'

/** The contact's values by field. The platform leaves out what is empty, so what is not there is known to be empty. */
export function contactValues(contact: WholeContact, fields: readonly Field[]): FieldValues {
  const standard: Record<string, string | undefined> = { ...contact.fields, ...contact.more }
  return Object.fromEntries(
    fields.map((field) => {
      const id = customId(field.key)
      const value = id ? contact.customFields.find((one) => one.id === id)?.value : standard[field.key]
      return [field.key, readValue(value, field)]
    }),
  )
}

/** Custom values come as text, choices as a list, and what nobody described as whatever it is: that is shown, not guessed. */
function readValue(value: unknown, { type }: Field): FieldValue {
  if (type === 'list') return readList(value)
  const text = Array.isArray(value) ? value.filter(isPlain).join(', ') : isPlain(value) ? String(value).trim() : ''
  if (text === '') return null
  if (type === 'number') return Number.isFinite(Number(text)) ? Number(text) : text
  if (type === 'date') return dayOf(text)
  if (type === 'phone') return asNumber(text) ?? text
  return text
}

function readList(value: unknown): string[] | null {
  const items = typeof value === 'object' && value !== null ? Object.values(value) : [value]
  const texts = items.filter(isPlain).map((item) => String(item).trim())
  const each = [...new Set(texts)].filter(Boolean)
  return each.length > 0 ? each : null
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)
