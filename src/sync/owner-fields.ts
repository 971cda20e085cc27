import type { ObjectType } from '../connectors/connector.ts'
import type { FieldValues } from '../lib/field.ts'
import type { SideName } from './plan/record-plan.ts'
import type { SyncRecord } from './sides/side.ts'

/** Where a record says which contact it belongs to; null on the partner's side where it says so nowhere. */
export type OwnerFields = { highlevel: string; partner: string | null }

const OF_A_CONTACT = ['task', 'note', 'appointment', 'opportunity']

/** Undefined for what belongs to nobody: a contact. */
export const ownerFieldsOf = ({ key, belongsTo }: Pick<ObjectType<object>, 'key' | 'belongsTo'>) =>
  OF_A_CONTACT.includes(key)
    ? ({ highlevel: 'contactId', partner: belongsTo?.field ?? null } satisfies OwnerFields)
    : undefined

/** Null: it belongs to nobody; undefined: that was not read. */
export function ownerIn(fields: FieldValues | undefined, field: string | null): string | null | undefined {
  const value = field === null ? undefined : fields?.[field]
  return value === undefined ? undefined : String(value ?? '') || null
}

/** Whether the record belongs to another contact than when both were last in step. */
export function hasNewOwner(
  object: ObjectType<object>,
  side: SideName,
  known: FieldValues,
  record: SyncRecord,
): boolean {
  const field = ownerFieldsOf(object)?.[side] ?? null
  const [before, now] = [ownerIn(known, field), ownerIn(record.fields, field)]
  return before !== undefined && now !== undefined && before !== now
}
