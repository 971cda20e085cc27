import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** Someone who works in the account. */
export type User = { id: string; name: string; email: string | null }

const text = z.string().nullish().catch(null)

const user = z.object({ id: z.string().min(1), name: text, firstName: text, lastName: text, email: text }).transform(
  ({ id, name, firstName, lastName, email }): User => ({
    id,
    name: name || [firstName, lastName].filter(Boolean).join(' ') || id,
    email: email || null,
  }),
)

const searchAnswer = z.object({ users: z.array(user) })

/** As many as the documents give as the default. A page with fewer is the last one. */
const PAGE = 25
const MOST_PAGES = 20

/** Everyone of one location (HighLevel docs: Search Users); at most five hundred. */
export async function listUsers(
  api: HighLevelApi,
  { companyId, locationId }: { companyId: string; locationId: string },
): Promise<User[]> {
  const users: User[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { companyId, locationId, skip: String(page * PAGE), limit: String(PAGE) }
    const request = { method: 'GET', path: '/users/search', version: '2021-07-28', query } as const
    const found = readAnswer(searchAnswer, await api({ ...request, scope: 'users.readonly' })).users
    users.push(...found)
    if (found.length < PAGE) break
  }
  return users
}
