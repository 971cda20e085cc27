import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const id = z.string().regex(/^[\w-]{1,64}$/)

/** The answer is not described; this is what was seen. */
const duplicateAnswer = z.object({ contact: z.object({ id }).nullish() })

/**
 * The contact that HighLevel takes for the same person, by one criterion at a time; null when there is none (HighLevel docs:
 * Get Duplicate Contact). It names one, even where several have the address.
 */
export async function findDuplicate(
  api: HighLevelApi,
  { locationId, by, value }: { locationId: string; by: 'email' | 'phone'; value: string },
): Promise<string | null> {
  const query = { locationId, ...(by === 'email' ? { email: value } : { number: value }) }
  const path = '/contacts/search/duplicate'
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly', query })
  return readAnswer(duplicateAnswer, answer).contact?.id ?? null
}

const searchAnswer = z.object({ contacts: z.array(z.object({ id })) })

/** More than one is for people to settle, so many need not be read. */
const MOST = 10
/** Longer values are refused. */
const LONGEST = 75

/** Everyone whose e-mail address or number is this one, as far as the index has it by now (HighLevel docs: Search Contacts). */
export async function searchByIdentity(
  api: HighLevelApi,
  { locationId, by, value }: { locationId: string; by: 'email' | 'phone'; value: string },
): Promise<string[]> {
  if (value.length > LONGEST) return []
  const filters = [{ field: by, operator: 'eq', value }]
  const request = { method: 'POST', path: '/contacts/search', version: '2021-07-28', repeatable: true } as const
  const body = { locationId, pageLimit: MOST, filters }
  return readAnswer(searchAnswer, await api({ ...request, scope: 'contacts.readonly', body })).contacts.map(
    (contact) => contact.id,
  )
}
