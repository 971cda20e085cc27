import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import { Trouble } from '../../lib/trouble.ts'

type Writable = { fields: Field[]; erasable: readonly string[] }

/**
 * What of these values the platform takes: moments in ISO 8601, nothing that may only be read, nothing emptied that it keeps.
 * `note` says what was left out. Throws `Trouble` for a value of another type than its field's.
 */
export function takeWritable(
  { fields, erasable }: Writable,
  given: FieldValues,
): { values: FieldValues; note?: string | undefined } {
  const values: FieldValues = {}
  const left: string[] = []
  for (const [key, value] of Object.entries(given)) {
    const field = isCustom(key) ? { key, label: key, type: 'text' as const } : fields.find((one) => one.key === key)
    const isErased = value === null || value === ''
    if (!field || field.readOnly) left.push(field?.label ?? key)
    else if (!isErased) values[key] = isCustom(key) ? value : typed(field, value)
    else if (erasable.includes(key) || isCustom(key)) values[key] = null
    else left.push(field.label)
  }
  return { values, note: left.length > 0 ? `HighLevel keeps as it is: ${left.join(', ')}.` : undefined }
}

/** Fields of the account's own are read by whoever knows their kind. */
const isCustom = (key: string): boolean => key.startsWith('customFields.')

const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/

function typed(field: Field, value: Exclude<FieldValue, null>): FieldValue {
  if (field.type === 'boolean' && typeof value === 'boolean') return value
  if (field.type === 'number' && typeof value !== 'boolean' && value !== '' && Number.isFinite(Number(value)))
    return Number(value)
  if (field.type === 'datetime' && typeof value === 'string' && WITH_OFFSET.test(value) && Date.parse(value))
    return new Date(value).toISOString()
  const isText = field.type === 'text' || field.type === 'option'
  if (isText && !Array.isArray(value) && allows(field, String(value))) return String(value)
  throw new Trouble('rejected', { detail: `${field.label} ${EXPECTED[field.type] ?? 'has to be of another type'}.` })
}

const allows = ({ options }: Field, value: string): boolean => !options || options.includes(value)

const EXPECTED: Partial<Record<Field['type'], string>> = {
  boolean: 'has to be yes or no',
  number: 'has to be a number',
  datetime: 'has to be a moment with its zone, like 2026-03-31T09:00:00Z',
  text: 'has to be a text',
  option: 'has to be one of the choices that HighLevel knows',
}
