import type { Clock } from '../lib/clock.ts'
import type { Field } from '../lib/field.ts'
import type { HighLevelApi } from './api.ts'
import { listContactFields, STANDARD_FIELDS } from './contact-fields.ts'
import { isRefusal } from './refusal.ts'

export type ContactFieldSource = (api: HighLevelApi, locationId: string) => Promise<Field[]>

const KEPT_MS = 5 * 60_000
const MOST_LOCATIONS = 2000

/**
 * The fields of each account's contacts, asked for again after five minutes. Without the permission for custom fields these are
 * not known, and so they are neither read nor written.
 */
export function createContactFieldSource({ now }: { now: Clock }): ContactFieldSource {
  const known = new Map<string, { until: number; fields: Promise<Field[]> }>()
  return async (api, locationId) => {
    const kept = known.get(locationId)
    if (kept && kept.until > now()) return kept.fields
    const fields = readContactFields(api, locationId)
    if (known.size >= MOST_LOCATIONS) known.clear()
    known.set(locationId, { until: now() + KEPT_MS, fields })
    return fields.catch((error) => {
      known.delete(locationId)
      throw error
    })
  }
}

/** Those of every contact where the account's own may not be read. */
export async function readContactFields(api: HighLevelApi, locationId: string): Promise<Field[]> {
  try {
    return await listContactFields(api, locationId)
  } catch (error) {
    if (isRefusal(error, 'scope_missing')) return [...STANDARD_FIELDS]
    throw error
  }
}
