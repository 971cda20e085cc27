import type { ConsentRule, ObjectSync, PartnerRecord } from '../../connectors/connector.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import type { Consent, SyncRecord } from './side.ts'

/** A partner's record as the engine sees it. What is neither a plain value nor a list of them is no field. */
export const toSyncRecord = (
  { id, data, isDeleted, changedAt }: PartnerRecord,
  { consent }: Pick<ObjectSync<object>, 'consent'>,
): SyncRecord => ({
  id,
  fields: fieldsOf(data),
  ...(consent && { consent: consentOf(data, consent) }),
  changedAt: timeOf(changedAt),
  isDeleted,
})

const fieldsOf = (data: Record<string, unknown>): FieldValues =>
  Object.fromEntries(
    Object.entries(data).flatMap(([key, value]): [string, FieldValue][] => {
      const read = valueOf(value)
      return read === undefined ? [] : [[key, read]]
    }),
  )

function valueOf(value: unknown): FieldValue | undefined {
  if (value === null) return null
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim()
  if (typeof value === 'boolean' || typeof value === 'number') return value
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item) => typeof item === 'string' || typeof item === 'number').map(String)
  return texts.length === value.length ? texts : undefined
}

const timeOf = (text: string | null | undefined): number | null => {
  const time = text ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : time
}

/** A channel is restricted where the record holds what a restriction would write. */
const consentOf = (data: Record<string, unknown>, rule: ConsentRule): Consent => {
  const isSet = (channel: keyof Consent): boolean => {
    const entries = Object.entries(rule[channel])
    return entries.length > 0 && entries.every(([key, value]) => data[key] === value)
  }
  return { all: isSet('all'), email: isSet('email'), sms: isSet('sms') }
}

/** What a restriction adds to a record. */
export const restrictions = (stricter: Partial<Consent>, rule: ConsentRule): Record<string, unknown> => ({
  ...(stricter.email && rule.email),
  ...(stricter.sms && rule.sms),
  ...(stricter.all && rule.all),
})
