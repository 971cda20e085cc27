import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** One contact of a search, as far as it says when it came to be and was last changed: milliseconds, the platform's clock. */
export type FoundContact = {
  id: string
  addedAt: number | null
  updatedAt: number
  /** What tells a change that is easily missed, named as in an event. */
  fields: { tags?: unknown; dnd?: unknown; dndSettings?: unknown }
  /** Where it stands in the order: a search goes on behind it. */
  searchAfter: unknown[]
}

const time = z.union([z.string(), z.number()]).transform((value, context): number => {
  const read = typeof value === 'number' ? value : Date.parse(value)
  if (Number.isNaN(read)) context.addIssue('must be a time')
  return read
})

const answerOf = z.object({
  contacts: z.array(
    z.object({
      id: z.string().regex(/^[\w-]{1,64}$/),
      dateAdded: time.nullish().catch(null),
      dateUpdated: time,
      searchAfter: z.array(z.unknown()).nullish(),
      tags: z.unknown(),
      dnd: z.unknown(),
      dndSettings: z.unknown(),
    }),
  ),
})

/**
 * A page of a location's contacts, the one changed last first (HighLevel docs: Search Contacts; POST /contacts/search with
 * locationId, pageLimit, sort and searchAfter). No filter by time: the documents name a range of `dateUpdated` and do not show
 * what one looks like, whereas in this order a reader can stop by himself. The index lags behind by seconds.
 */
export async function searchChangedContacts(
  api: HighLevelApi,
  search: { locationId: string; limit: number; after: unknown[] | null },
): Promise<FoundContact[]> {
  const { locationId, limit, after } = search
  const answer = await api({
    method: 'POST',
    path: '/contacts/search',
    version: '2021-07-28',
    scope: 'contacts.readonly',
    body: {
      locationId,
      pageLimit: limit,
      sort: [{ field: 'dateUpdated', direction: 'desc' }],
      ...(after && { searchAfter: after }),
    },
  })
  const found = readAnswer(answerOf, answer).contacts.map(
    ({ id, dateAdded, dateUpdated, searchAfter, ...fields }): FoundContact => ({
      id,
      addedAt: dateAdded ?? null,
      updatedAt: dateUpdated,
      fields,
      searchAfter: searchAfter ?? [],
    }),
  )
  if (!isInOrder(found)) throw new Trouble('unexpected_answer', { detail: OUT_OF_ORDER })
  return found
}

const OUT_OF_ORDER = 'The platform listed contacts in another order than it was asked for.'

const isInOrder = (found: readonly FoundContact[]): boolean =>
  found.every((contact, index) => index === 0 || contact.updatedAt <= (found[index - 1]?.updatedAt ?? 0))
