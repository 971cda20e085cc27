import type { MappingRow } from '../../connectors/flow-definition.ts'
import type { Around } from '../../flows/around.ts'
import { isBlank } from '../../flows/mapping/is-blank.ts'
import { mapFields } from '../../flows/mapping/map-fields.ts'
import { isSameValue } from '../../flows/mapping/same-value.ts'
import type { Field, FieldValues } from '../../lib/field.ts'

/** Two records that are linked, as both are now. */
export type LinkedPair = {
  source: FieldValues
  target: FieldValues
  /** The fields of the target's side. */
  fields: readonly Field[]
  around: Around
}

/**
 * Keys of the target's fields that are not as the mapping would make them. What the target does not tell, or does not take,
 * says nothing; neither does a field of which the target's side is right by the owner's rule.
 */
export function differingFields(
  rows: readonly MappingRow[],
  { source, target, fields, around }: LinkedPair,
  targetSide: 'highlevel' | 'partner',
): string[] {
  const writable = new Map(fields.filter(({ readOnly }) => !readOnly).map((field) => [field.key, field]))
  const judged = rows.filter((row) => writable.has(row.target) && row.policy !== targetSide)
  const { values } = mapFields(judged, source, around, fields)
  return Object.entries(values).flatMap(([key, wanted]) => {
    const [field, held] = [writable.get(key), Object.hasOwn(target, key) ? target[key] : undefined]
    if (!field || held === undefined) return []
    if (wanted === null && isBlank(held)) return []
    return isSameValue(field.type, wanted, held, around) ? [] : [key]
  })
}
