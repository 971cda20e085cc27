import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readWritten } from './read-answer.ts'

const tagsAnswer = z.object({ tags: z.array(z.string()) })

/** Adds to what is there and answers all tags that there are then (HighLevel docs: Add Tags). */
export const addContactTags = (api: HighLevelApi, contactId: string, tags: string[]): Promise<string[]> =>
  changeTags(api, 'POST', contactId, tags)

/** Those that are not there are passed over (HighLevel docs: Remove Tags). */
export const removeContactTags = (api: HighLevelApi, contactId: string, tags: string[]): Promise<string[]> =>
  changeTags(api, 'DELETE', contactId, tags)

async function changeTags(
  api: HighLevelApi,
  method: 'POST' | 'DELETE',
  contactId: string,
  tags: string[],
): Promise<string[]> {
  const path = `/contacts/${encodeURIComponent(contactId)}/tags`
  const request = { method, path, version: '2021-07-28', body: { tags }, repeatable: true } as const
  return readWritten(tagsAnswer, await api({ ...request, scope: 'contacts.write' })).tags
}
