import type { FieldValue, FieldValues } from '../lib/field.ts'

/** What of a record or an event is a plain value, or a list of texts. Everything else is no field. */
export const flatFields = (data: object): FieldValues =>
  Object.fromEntries(
    Object.entries(data).flatMap(([key, value]): [string, FieldValue][] => {
      const read = plainValue(value)
      return read === undefined ? [] : [[key, read]]
    }),
  )

function plainValue(value: unknown): FieldValue | undefined {
  if (value === null) return null
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim()
  if (typeof value === 'boolean' || typeof value === 'number') return value
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item) => typeof item === 'string' || typeof item === 'number').map(String)
  return texts.length === value.length ? texts : undefined
}
