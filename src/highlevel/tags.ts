import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer, readWritten } from './read-answer.ts'

/** A tag that the account knows, whether or not anyone has it. */
export type Tag = { id: string; name: string }

const tag = z.object({ id: z.string().min(1), name: z.string() })
const listAnswer = z.object({ tags: z.array(tag) })
const oneAnswer = z.object({ tag })

/** All of them: the list has no pages (HighLevel docs: Get Tags). */
export async function listTags(api: HighLevelApi, locationId: string): Promise<Tag[]> {
  const request = { method: 'GET', path: pathOf(locationId), version: '2021-07-28' } as const
  return readAnswer(listAnswer, await api({ ...request, scope: 'locations/tags.readonly' })).tags
}

/** A name that is there already is refused (HighLevel docs: Create Tag). */
export async function createTag(api: HighLevelApi, locationId: string, name: string): Promise<Tag> {
  const request = { method: 'POST', path: pathOf(locationId), version: '2021-07-28', body: { name } } as const
  return readWritten(oneAnswer, await api({ ...request, scope: 'locations/tags.write' })).tag
}

const pathOf = (locationId: string): string => `/locations/${encodeURIComponent(locationId)}/tags`
