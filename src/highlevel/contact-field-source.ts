import type { Clock } from '../lib/clock.ts'
import type { Field } from '../lib/field.ts'
import { keepAnswers } from '../lib/keep-answers.ts'
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
  const answers = keepAnswers<Field[]>({ keptMs: KEPT_MS, most: MOST_LOCATIONS, now })
  return (api, locationId) => answers(locationId, () => readContactFields(api, locationId))
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
