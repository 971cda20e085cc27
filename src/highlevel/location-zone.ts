import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const zoneAnswer = z.object({ location: z.object({ timezone: z.string().nullish().catch(null) }) })

/** The location's time zone, such as "Asia/Jerusalem", or null where it has none (HighLevel docs: Get Location). */
export async function getLocationZone(api: HighLevelApi, locationId: string): Promise<string | null> {
  const path = `/locations/${encodeURIComponent(locationId)}`
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'locations.readonly' })
  return readAnswer(zoneAnswer, answer).location.timezone || null
}
