import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const text = z.string().nullish().catch(null)
const placeAnswer = z.object({ location: z.object({ timezone: text, country: text }) })

/** Zone (IANA) and country (ISO-2) of a location; null where it has none (HighLevel docs: Get Location). */
export async function getLocationPlace(
  api: HighLevelApi,
  locationId: string,
): Promise<{ zone: string | null; country: string | null }> {
  const path = `/locations/${encodeURIComponent(locationId)}`
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'locations.readonly' })
  const { timezone, country } = readAnswer(placeAnswer, answer).location
  return { zone: timezone || null, country: country || null }
}
