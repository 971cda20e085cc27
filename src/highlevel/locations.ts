import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const locationAnswer = z.object({ location: z.object({ id: z.string(), name: z.string().nullish() }) })

/** The name people know a location by, or null where it has none (HighLevel docs: Get Location). */
export async function getLocationName(api: HighLevelApi, locationId: string): Promise<string | null> {
  const path = `/locations/${encodeURIComponent(locationId)}`
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'locations.readonly' })
  return readAnswer(locationAnswer, answer).location.name ?? null
}
