import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** A contact in the order in which contacts were added. `addedAt` in milliseconds, the platform's clock. */
export type ListedContact = { id: string; addedAt: number | null; searchAfter: unknown[] }

export type ContactList = {
  contacts: ListedContact[]
  /** How many the location has, where the platform says so. */
  total: number | null
}

export type ContactListing = {
  locationId: string
  limit: number
  direction: 'asc' | 'desc'
  /** Behind this contact, however many there are; or a page of the first 10,000, from 1. */
  from: { after: unknown[] } | { page: number }
}

/** The documents name the most that a page holds only by their sample. */
export const MOST_LISTED = 500
/** Pages reach this far; beyond, a list goes on behind a contact. */
export const PAGES_REACH = 10_000

const time = z.union([z.string(), z.number()]).transform((value) => {
  const read = typeof value === 'number' ? value : Date.parse(value)
  return Number.isNaN(read) ? null : read
})

const answerOf = z.object({
  contacts: z.array(
    z.object({
      id: z.string().regex(/^[\w-]{1,64}$/),
      dateAdded: time.nullish().catch(null),
      searchAfter: z.array(z.unknown()).nullish(),
    }),
  ),
  total: z.number().int().min(0).nullish().catch(null),
})

/**
 * A page of a location's contacts by when they were added, which never changes: what is edited meanwhile keeps its place
 * (HighLevel docs: Search Contacts; POST /contacts/search with locationId, pageLimit, sort, page or searchAfter). Its items
 * have names in small letters, so that a contact itself is read by its id. Throws `Trouble`.
 */
export async function listContacts(api: HighLevelApi, listing: ContactListing): Promise<ContactList> {
  const { locationId, limit, direction, from } = listing
  const answer = await api({
    method: 'POST',
    path: '/contacts/search',
    version: '2021-07-28',
    scope: 'contacts.readonly',
    body: {
      locationId,
      pageLimit: limit,
      sort: [{ field: 'dateAdded', direction }],
      ...('after' in from ? { searchAfter: from.after } : { page: from.page }),
    },
  })
  const { contacts, total } = readAnswer(answerOf, answer)
  const listed = contacts.map(({ id, dateAdded, searchAfter }) => ({
    id,
    addedAt: dateAdded ?? null,
    searchAfter: searchAfter ?? [],
  }))
  if (!isInOrder(listed, direction)) throw new Trouble('unexpected_answer', { detail: OUT_OF_ORDER })
  return { contacts: listed, total: total ?? null }
}

const OUT_OF_ORDER = 'The platform listed contacts in another order than it was asked for.'

function isInOrder(listed: readonly ListedContact[], direction: 'asc' | 'desc'): boolean {
  const times = listed.flatMap(({ addedAt }) => (addedAt === null ? [] : [addedAt]))
  const sign = direction === 'asc' ? 1 : -1
  return times.every((one, index) => index === 0 || sign * (one - (times[index - 1] ?? one)) >= 0)
}
