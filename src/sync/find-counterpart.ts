import type { Around } from '../flows/around.ts'
import { mapFields } from '../flows/mapping/map-fields.ts'
import { isSameValue } from '../flows/mapping/same-value.ts'
import type { FieldValue, FieldValues } from '../lib/field.ts'
import type { Direction, Fields } from './plan/record-plan.ts'
import type { Side, SyncRecord } from './sides/side.ts'

export type Counterpart =
  | { kind: 'none'; isAbsent: boolean; identity: FieldValues }
  | { kind: 'one'; record: SyncRecord }
  /** More than one could be meant: the owner says which. */
  | { kind: 'several'; records: SyncRecord[] }
  /** The record holds nothing by which a counterpart could be told from others. */
  | { kind: 'nameless' }

/**
 * By what identifies it, exactly, in tiers: whoever has the same strongest identity is meant, whatever the weaker ones say. By
 * a weaker one nobody is meant whose stronger one is another.
 */
export async function findCounterpart(
  side: Side,
  given: { source: SyncRecord; direction: Direction; fields: Fields; around: Around },
): Promise<Counterpart> {
  const { source, direction, fields, around } = given
  const { values } = mapFields(direction.rows, { ...source.fields, ...direction.extras }, around, [...fields.values()])
  const identity: FieldValues = {}
  for (const field of side.identityFields) {
    const value = values[field]
    if (value !== undefined && value !== null && value !== '') identity[field] = value
  }
  if (Object.keys(identity).length === 0) return { kind: 'nameless' }
  const found = await side.match(identity)
  const matches = strongest(
    side.identityFields,
    found.filter(({ isDeleted }) => !isDeleted),
    identity,
    fields,
  )
  const [first] = matches
  if (!first) return { kind: 'none', isAbsent: found.length === 0, identity }
  return matches.length === 1 ? { kind: 'one', record: first } : { kind: 'several', records: matches }
}

function strongest(
  identityFields: readonly string[],
  records: SyncRecord[],
  identity: FieldValues,
  fields: Fields,
): SyncRecord[] {
  const isSame = (record: SyncRecord, key: string): boolean =>
    isSameValue(fields.get(key)?.type ?? 'text', identity[key] ?? null, record.fields[key] ?? null)
  const isOther = (record: SyncRecord, key: string): boolean =>
    hasValue(identity[key]) && hasValue(record.fields[key]) && !isSame(record, key)
  for (const [index, field] of identityFields.entries()) {
    if (!hasValue(identity[field])) continue
    const stronger = identityFields.slice(0, index)
    const matches = records.filter((record) => isSame(record, field) && !stronger.some((key) => isOther(record, key)))
    if (matches.length > 0) return matches
  }
  return []
}

const hasValue = (value: FieldValue | undefined): boolean => value !== undefined && value !== null && value !== ''
