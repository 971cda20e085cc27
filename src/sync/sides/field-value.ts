import type { FieldValue } from '../../lib/field.ts'

/** As an input takes it: empty where it is to be emptied, undefined where nothing is to be written. */
export const asText = (value: FieldValue | undefined): string | undefined =>
  value === undefined ? undefined : value === null ? '' : String(value)

export const asFlag = (value: FieldValue | undefined): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined

export const asNumber = (value: FieldValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined

/** A time as every record holds it: in UTC, ISO 8601; null for what is none. */
export const momentOf = (time: string | null): string | null => {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
