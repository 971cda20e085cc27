import { type Filter, type FilterGroup, filterProblems, matchesAll, SEARCHABLE } from './contact-filters.ts'
import { fullName, searchItemView } from './contact-view.ts'
import type { Contact } from './data.ts'
import { unprocessable } from './refusal.ts'
import { enumeration, list, problemsOf, record, text, wholeNumber } from './rules.ts'
import type { World } from './world.ts'

/** A search never shows more than this many of what it finds; beyond, pages go on by searchAfter. */
const WINDOW = 10_000
const QUERY_LENGTH = 75
const SORTABLE = [
  'firstNameLowerCase',
  'lastNameLowerCase',
  'businessName',
  'dateAdded',
  'dateUpdated',
  'email',
  'dnd',
  'source',
]

type Sort = { field: string; direction: 'asc' | 'desc' }

export type ContactSearch = {
  locationId: string
  pageLimit: number
  page?: number
  searchAfter?: unknown[]
  query?: string
  filters?: (Filter | FilterGroup)[]
  sort?: Sort[]
}

const RULES = {
  locationId: text({ required: true }),
  pageLimit: wholeNumber({ min: 1, max: 500, required: true }),
  page: wholeNumber({ min: 1, max: WINDOW }),
  searchAfter: list(() => []),
  query: text(),
  filters: list(filterProblems),
  sort: list(record({ field: enumeration(SORTABLE), direction: enumeration(['asc', 'desc']) }), { max: 2 }),
}

/** HighLevel docs, Search Contacts: leaving out locationId or pageLimit is a 422. */
export function parseSearch(body: unknown): ContactSearch {
  const problems = problemsOf(body, RULES, 'refused')
  const search = body as ContactSearch
  if (problems.length === 0 && (search.query?.length ?? 0) > QUERY_LENGTH) {
    problems.push(`query must be shorter than or equal to ${QUERY_LENGTH} characters`)
  }
  if (problems.length === 0 && search.page !== undefined && search.page * search.pageLimit > WINDOW) {
    problems.push(`page * pageLimit must not be greater than ${WINDOW}`)
  }
  if (problems.length > 0) throw unprocessable(problems)
  return search
}

export function searchContacts(world: World, search: ContactSearch): { contacts: object[]; total: number } {
  const sort: Sort[] = search.sort?.length ? search.sort : [{ field: 'dateAdded', direction: 'desc' }]
  const found = sorted(world, search, sort)
  const { searchAfter } = search
  const start = searchAfter
    ? countUpTo(found, (cursor) => compareCursors(cursor, searchAfter, sort) <= 0)
    : ((search.page ?? 1) - 1) * search.pageLimit
  const page = found.slice(start, start + search.pageLimit)
  return { contacts: page.map(({ contact, cursor }) => searchItemView(contact, cursor)), total: found.length }
}

type Found = { contact: Contact; cursor: unknown[] }[]

/** The last list of a world: whoever reads a large one page by page need not wait until it is sorted each time. */
const lists = new WeakMap<World, { key: string; changes: number; found: Found }>()

function sorted(world: World, search: ContactSearch, sort: Sort[]): Found {
  const isWhole = !search.query && !search.filters?.length && world.switches.searchLagMs === 0
  const key = JSON.stringify([search.locationId, sort])
  const changes = world.contacts.changes()
  const last = lists.get(world)
  if (isWhole && last?.key === key && last.changes === changes) return last.found
  const found = indexedContacts(world, search.locationId)
    .filter((contact) => matchesQuery(contact, search.query) && matchesAll(contact, search.filters ?? []))
    .map((contact) => ({ contact, cursor: cursorOf(contact, sort) }))
    .sort((a, b) => compareCursors(a.cursor, b.cursor, sort))
  if (isWhole) lists.set(world, { key, changes, found })
  return found
}

/** Of a list in order, how many of its first are up to there. */
function countUpTo(found: Found, isUpTo: (cursor: unknown[]) => boolean): number {
  let [low, high] = [0, found.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isUpTo(found[middle]?.cursor ?? [])) low = middle + 1
    else high = middle
  }
  return low
}

/** The index lags behind: what was just added is not found yet, and what was just changed is found as it was. */
const indexedContacts = (world: World, locationId: string): Contact[] => {
  const until = world.now() - world.switches.searchLagMs
  const isIndexed = ({ dateUpdated }: Contact): boolean => Date.parse(dateUpdated) <= until
  return world.contacts.list('locationId', locationId).flatMap((contact) => {
    const versions = [...(world.earlierContacts.get(contact.id) ?? []), contact]
    return versions.findLast(isIndexed) ?? []
  })
}

function matchesQuery(contact: Contact, query: string | undefined): boolean {
  if (!query) return true
  const haystack = [fullName(contact), contact.email, contact.phone, contact.companyName, ...contact.tags]
  return haystack.some((value) => value?.toLowerCase().includes(query.toLowerCase()))
}

/** Where a contact stands in the order, told with each item: its sort values, then its id. */
const cursorOf = (contact: Contact, sort: Sort[]): unknown[] => [
  ...sort.map(({ field }) => sortValue(contact, field)),
  contact.id,
]

function sortValue(contact: Contact, field: string): unknown {
  const value = SEARCHABLE[field]?.(contact)
  if (field === 'dateAdded' || field === 'dateUpdated') return Date.parse(String(value))
  return typeof value === 'string' ? value.toLowerCase() : (value ?? '')
}

function compareCursors(a: unknown[], b: unknown[], sort: Sort[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index]
    if (value === other) continue
    const order =
      typeof value === 'number' && typeof other === 'number' ? value - other : String(value) < String(other) ? -1 : 1
    return sort[index]?.direction === 'desc' ? -order : order
  }
  return 0
}
