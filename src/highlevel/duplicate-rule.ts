import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import { keepAnswers } from '../lib/keep-answers.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'
import { isRefusal } from './refusal.ts'

/** True where the platform refuses a second contact with one e-mail address; false also where nobody says so. */
export type ForbidsDuplicates = (api: HighLevelApi, locationId: string) => Promise<boolean>

/** An owner who changes it is believed this much later. */
const KEPT_MS = 60_000
const MOST_LOCATIONS = 2000

const answerOf = z.object({
  location: z.object({ settings: z.object({ allowDuplicateContact: z.boolean().nullish() }).nullish().catch(null) }),
})

/** Whether a location allows duplicates (HighLevel docs: Get Location, settings.allowDuplicateContact), asked once a minute. */
export function createDuplicateRule({ now }: { now: Clock }): ForbidsDuplicates {
  const answers = keepAnswers<boolean>({ keptMs: KEPT_MS, most: MOST_LOCATIONS, now })
  return (api, locationId) => answers(locationId, () => ask(api, locationId))
}

async function ask(api: HighLevelApi, locationId: string): Promise<boolean> {
  const path = `/locations/${encodeURIComponent(locationId)}`
  try {
    const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'locations.readonly' })
    return readAnswer(answerOf, answer).location.settings?.allowDuplicateContact === false
  } catch (error) {
    if (isRefusal(error, 'scope_missing')) return false
    throw error
  }
}
