import { composeText } from '../lib/compose-text.ts'
import type { Field, FieldValue, FieldValues } from '../lib/field.ts'
import { asNumber } from './identity.ts'

/**
 * Keys of what was sent and is not there. HighLevel drops without a word what it does not take; that it writes something in
 * its own way (capitals, spaces, the form of a number) is no loss.
 */
export function lostFields(sent: FieldValues, there: FieldValues, fields: readonly Field[]): string[] {
  return Object.keys(sent).filter((key) => {
    const type = fields.find((field) => field.key === key)?.type
    return type !== undefined && normal(sent[key], type) !== normal(there[key], type)
  })
}

function normal(value: FieldValue | undefined, type: Field['type']): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(plain).sort().join('\n')
  if (type === 'number' && value !== '') return String(Number(value))
  if (type === 'phone') return asNumber(String(value)) ?? String(value).replace(/\D/g, '')
  return plain(value)
}

const plain = (value: string | number | boolean): string =>
  composeText(String(value)).trim().replace(/\s+/g, ' ').toLowerCase()
