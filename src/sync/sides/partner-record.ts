import type { ConsentRule, ObjectSync, PartnerRecord } from '../../connectors/connector.ts'
import { flatFields } from '../flat-fields.ts'
import type { Consent, SyncRecord } from './side.ts'

/** A partner's record as the engine sees it. What is neither a plain value nor a list of them is no field. */
export const toSyncRecord = (
  { id, data, isDeleted, changedAt }: PartnerRecord,
  { consent }: Pick<ObjectSync<object>, 'consent'>,
): SyncRecord => ({
  id,
  fields: flatFields(data),
  ...(consent && { consent: consentOf(data, consent) }),
  changedAt: timeOf(changedAt),
  isDeleted,
})

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
