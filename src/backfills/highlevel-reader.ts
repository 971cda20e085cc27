import { z } from 'zod'
import type { HighLevelApi } from '../highlevel/api.ts'
import {
  type ContactList,
  type ListedContact,
  listContacts,
  MOST_LISTED,
  PAGES_REACH,
} from '../highlevel/list-contacts.ts'
import { searchChangedContacts } from '../highlevel/search-contacts.ts'
import { Trouble } from '../lib/trouble.ts'
import type { SourcePage, SourceReader } from './source-reader.ts'

export type HighLevelReaderDeps = {
  api: HighLevelApi
  locationId: string
  /** How far the platform's clock is ahead of ours, in milliseconds. */
  offsetMs(): number
  /** Contacts of a page; smaller in tests. */
  limit?: number
}

/** Read again below the moment asked for: the index lags, and the clocks of several servers differ. */
const OVERLAP_MS = 10 * 60_000
/** The platform may no longer accept where a page ended: then reading begins anew, and passes over what it has read. */
const MOST_RESTARTS = 3

const place = z.object({
  after: z.array(z.unknown()).nullable(),
  /** When the last contact that was read was added. */
  readUpTo: z.number().nullable(),
  /** After a restart: contacts added before this were read already. */
  passOver: z.number().nullable(),
  restarts: z.number(),
})
type Place = z.infer<typeof place>

const START: Place = { after: null, readUpTo: null, passOver: null, restarts: 0 }

/** A location's contacts: in the order in which they were added; those changed meanwhile by when they were changed. */
export const highLevelReader = (deps: HighLevelReaderDeps): SourceReader => ({
  sample: (most) => sample(deps, most),
  readAll: async (cursor) => {
    const from = cursor === null ? START : place.parse(JSON.parse(cursor))
    return toPage(from, await listBehind(deps, from))
  },
  readAgain: (since, cursor) => readChanged(deps, since, cursor),
})

/** The oldest, some from the middle as far as pages reach, and the newest. */
async function sample({ api, locationId }: HighLevelReaderDeps, most: number) {
  const limit = Math.ceil(most / 3)
  const list = (direction: 'asc' | 'desc', page: number): Promise<ContactList> =>
    listContacts(api, { locationId, limit, direction, from: { page } })
  const oldest = await list('asc', 1)
  const total = oldest.total
  const middle = Math.floor(Math.min(total ?? 0, PAGES_REACH) / limit / 2)
  const others = [...(middle > 1 ? [await list('asc', middle)] : []), await list('desc', 1)]
  const ids = [oldest, ...others].flatMap(({ contacts }) => contacts.map(({ id }) => id))
  return { records: [...new Set(ids)].slice(0, most).map((id) => ({ id })), total }
}

async function listBehind({ api, locationId, limit = MOST_LISTED }: HighLevelReaderDeps, from: Place) {
  try {
    const behind = from.after ? { after: from.after } : { page: 1 }
    const list = await listContacts(api, { locationId, limit, direction: 'asc', from: behind })
    if (isRepeated(list.contacts, from)) throw new Trouble('unexpected_answer', { detail: NO_WAY_ON })
    return list
  } catch (error) {
    const hasExpired = error instanceof Trouble && error.code === 'rejected' && from.after !== null
    if (hasExpired && from.restarts < MOST_RESTARTS) return 'expired'
    throw error
  }
}

const NO_WAY_ON = 'The platform listed contacts without saying how to go on.'

const isRepeated = (contacts: readonly ListedContact[], { after }: Place): boolean => {
  const last = contacts.at(-1)
  return (
    last !== undefined && (last.searchAfter.length === 0 || JSON.stringify(last.searchAfter) === JSON.stringify(after))
  )
}

/** Only an empty page is the end: how many a page may hold is not documented for certain. */
function toPage(from: Place, list: ContactList | 'expired'): SourcePage {
  if (list === 'expired') {
    const again: Place = { ...START, passOver: from.readUpTo, restarts: from.restarts + 1 }
    return { records: [], cursor: JSON.stringify(again), total: null }
  }
  const last = list.contacts.at(-1)
  if (!last) return { records: [], cursor: null, total: list.total }
  const isRead = ({ addedAt }: ListedContact): boolean =>
    from.passOver !== null && addedAt !== null && addedAt < from.passOver
  const readUpTo = last.addedAt ?? from.readUpTo
  const next: Place = { ...from, after: last.searchAfter, readUpTo }
  const records = list.contacts.filter((one) => !isRead(one)).map(({ id }) => ({ id }))
  return { records, cursor: JSON.stringify(next), total: list.total }
}

/** The one changed last first, down to the moment: what changes while this is read is told by events. */
async function readChanged(deps: HighLevelReaderDeps, since: Date, cursor: string | null): Promise<SourcePage> {
  const { api, locationId, limit = MOST_LISTED } = deps
  const after = cursor === null ? null : z.array(z.unknown()).parse(JSON.parse(cursor))
  const found = await searchChangedContacts(api, { locationId, limit, after })
  const from = since.getTime() + deps.offsetMs() - OVERLAP_MS
  const changed = found.filter(({ updatedAt }) => updatedAt >= from)
  const last = found.at(-1)
  const isThrough = last === undefined || last.updatedAt < from
  if (!isThrough && last.searchAfter.length === 0) throw new Trouble('unexpected_answer', { detail: NO_WAY_ON })
  return {
    records: changed.map(({ id }) => ({ id })),
    cursor: isThrough ? null : JSON.stringify(last.searchAfter),
    total: null,
  }
}
