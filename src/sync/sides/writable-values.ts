import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'

type Writable = { fields: readonly Field[]; erasable: readonly string[] }

export type WritableValues = {
  /** Moments are in ISO 8601, UTC. Null: to be emptied. */
  values: FieldValues
  leftOut: string[]
  /** Why, in sentences for the owner. */
  note: string | undefined
}

/** What of these values the platform takes: of each field's type, nothing that may only be read, nothing emptied that it keeps. */
export function takeWritable({ fields, erasable }: Writable, given: FieldValues): WritableValues {
  const values: FieldValues = {}
  const reasons = new Map<string, string>()
  for (const [key, value] of Object.entries(given)) {
    const field = fieldOf(fields, key)
    const isErased = value === null || value === ''
    if (!field || field.readOnly) reasons.set(key, `${field?.label ?? key} cannot be written in your account.`)
    else if (isErased && !erasable.includes(key) && !isCustom(key)) {
      reasons.set(key, `${field.label} cannot be emptied in your account.`)
    } else {
      const taken = isErased ? null : isCustom(key) ? value : typed(field, value)
      if (taken === undefined) reasons.set(key, `${field.label} ${EXPECTED[field.type] ?? 'is of another type'}.`)
      else values[key] = taken
    }
  }
  return { values, leftOut: [...reasons.keys()], note: [...reasons.values()].join(' ') || undefined }
}

/** Fields of the account's own are read by whoever knows their kind. */
const isCustom = (key: string): boolean => key.startsWith('customFields.')

const fieldOf = (fields: readonly Field[], key: string): Field | undefined =>
  isCustom(key) ? { key, label: key, type: 'text' } : fields.find((one) => one.key === key)

const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/

/** Undefined for a value of another type. */
function typed(field: Field, value: Exclude<FieldValue, null>): FieldValue | undefined {
  if (Array.isArray(value)) return undefined
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'number':
      return typeof value !== 'boolean' && Number.isFinite(Number(value)) ? Number(value) : undefined
    case 'datetime':
      return typeof value === 'string' && WITH_OFFSET.test(value) ? toMoment(value) : undefined
    default:
      return !field.options || field.options.includes(String(value)) ? String(value) : undefined
  }
}

const toMoment = (time: string): string | undefined =>
  Number.isNaN(Date.parse(time)) ? undefined : new Date(time).toISOString()

const EXPECTED: Partial<Record<Field['type'], string>> = {
  boolean: 'has to be yes or no',
  number: 'has to be a number',
  datetime: 'has to be a moment with its zone, like 2026-03-31T09:00:00Z',
  text: 'has to be a text',
  option: 'has to be one of the choices of your account',
}
