import { isDeepStrictEqual } from 'node:util'
import { isSameMoment } from '../../highlevel/same-moment.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'

type Compared = { fields: readonly Field[]; isSame?: Record<string, (one: string, other: string) => boolean> }

/** The values that are not there yet; one that was not read is taken for another. Nothing and an empty text are the same. */
export const listDiffering = (compared: Compared, known: FieldValues, wanted: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(wanted).filter(([key, value]) => !isThere(compared, key, known[key], value)))

function isThere(
  { fields, isSame }: Compared,
  key: string,
  known: FieldValue | undefined,
  wanted: FieldValue,
): boolean {
  if (known === undefined) return false
  const [one, other] = [known ?? '', wanted ?? '']
  if (typeof one !== 'string' || typeof other !== 'string') {
    return isDeepStrictEqual(one, other) || (isPlain(one) && isPlain(other) && String(one) === String(other))
  }
  const type = fields.find((field) => field.key === key)?.type
  const bySort = isSame?.[key] ?? (type === 'datetime' ? isSameMoment : undefined)
  return one === other || (bySort?.(one, other) ?? false)
}

/** A number of a field of the account's own is read back as a text. */
const isPlain = (value: FieldValue): boolean => typeof value === 'number' || typeof value === 'string'
