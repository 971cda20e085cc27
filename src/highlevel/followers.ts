import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readWritten } from './read-answer.ts'

const followersAnswer = z.object({ followers: z.array(z.string()) })

/** Adds users to those who follow the contact and answers all of them (HighLevel docs: Add Followers). */
export const addFollowers = (api: HighLevelApi, contactId: string, userIds: string[]): Promise<string[]> =>
  changeFollowers(api, 'POST', contactId, userIds)

/** Those who do not follow it are passed over (HighLevel docs: Remove Followers). */
export const removeFollowers = (api: HighLevelApi, contactId: string, userIds: string[]): Promise<string[]> =>
  changeFollowers(api, 'DELETE', contactId, userIds)

async function changeFollowers(
  api: HighLevelApi,
  method: 'POST' | 'DELETE',
  contactId: string,
  followers: string[],
): Promise<string[]> {
  const path = `/contacts/${encodeURIComponent(contactId)}/followers`
  const request = { method, path, version: '2021-07-28', body: { followers }, repeatable: true } as const
  return readWritten(followersAnswer, await api({ ...request, scope: 'contacts.write' })).followers
}
