import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const text = z.string().nullish().catch(null)

const locationAnswer = z.object({ location: z.object({ id: z.string(), name: z.string().nullish(), companyId: text }) })

/** The name people know a location by, or null where it has none (HighLevel docs: Get Location). */
export const getLocationName = async (api: HighLevelApi, locationId: string): Promise<string | null> =>
  (await getLocation(api, locationId)).name ?? null

/** The company that it belongs to; null where that was not said (HighLevel docs: Get Location). */
export const getCompanyId = async (api: HighLevelApi, locationId: string): Promise<string | null> =>
  (await getLocation(api, locationId)).companyId ?? null

async function getLocation(api: HighLevelApi, locationId: string): Promise<z.infer<typeof locationAnswer>['location']> {
  const path = `/locations/${encodeURIComponent(locationId)}`
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'locations.readonly' })
  return readAnswer(locationAnswer, answer).location
}
