import { z } from 'zod'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { SyncRecord } from '../sync/sides/side.ts'
import { type Backfill, isWork } from './backfill.ts'
import { addRecords } from './backfill-record-store.ts'
import type { SourcePage, SourceReader, SourceRecord } from './source-reader.ts'
import { storePlace, type Turn } from './turn-store.ts'

/** How far reading has come. `again`: through once, and now what may have changed meanwhile. */
const place = z.object({
  pass: z.enum(['all', 'again', 'through']),
  cursor: z.string().nullable(),
  /** Whether the last page, of which records may be left, was of what is read again. */
  isAgain: z.boolean(),
  /** Of the last page, until they are stored as records. */
  ids: z.array(z.string()).default([]),
})
type Place = z.infer<typeof place>

/** Records that a plan looks at. */
export const SAMPLE = 100

export const placeOf = ({ place: stored }: Pick<Backfill, 'place'>): Place =>
  stored === null ? { pass: 'all', cursor: null, isAgain: false, ids: [] } : place.parse(stored)

/** What is read next is of another pass: nothing of this one may be left then. */
export const isEndOfPass = (backfill: Pick<Backfill, 'place'>): boolean => {
  const { pass, isAgain } = placeOf(backfill)
  return pass === 'again' && !isAgain
}

/** Records that a list held whole, by id, and when it was asked for. */
export type ReadPage = { known: ReadonlyMap<string, SyncRecord>; readAt: number }

export type Reading = { tenantId: string; turn: Turn; turnMs: number }

/**
 * The next page of the work in hand; undefined where there is nothing more to be read. Where reading goes on is stored with the
 * page's ids before the next page is asked for; that one is under way while the ids become records, and while these are worked
 * on. Killed anywhere, no more than one page is read once more.
 */
export type ReadOn = (backfill: Backfill) => Promise<ReadPage | undefined>

type Deps = { database: Database; now: Clock }
type Page = { read: SourcePage; readAt: number }

export function createReadOn(deps: Deps, reader: SourceReader, reading: Reading): ReadOn {
  const pages = readingAhead(reader)
  return async (backfill) => {
    const from = placeOf(backfill)
    if (from.ids.length > 0) return storeRecords(deps, reading, backfill, from, NOTHING_KNOWN)
    if (backfill.status === 'testing' || !isWork(backfill.status) || from.pass === 'through') return undefined
    const isPlan = backfill.status === 'planning'
    const { read, readAt } = isPlan ? await readSample(reader) : await pages.take(backfill, from)
    const isAgain = from.pass === 'again'
    const last = isPlan || isAgain ? 'through' : 'again'
    const ids = read.records.map(({ id }) => id)
    const next: Place = { pass: read.cursor === null ? last : from.pass, cursor: read.cursor, isAgain, ids }
    await store(deps, reading, next, from.pass === 'all' ? read.total : null)
    if (read.cursor !== null) pages.begin(backfill, next)
    return storeRecords(deps, reading, backfill, next, { known: recordsOf(read.records), readAt })
  }
}

const NOTHING_KNOWN: ReadPage = { known: new Map(), readAt: 0 }

async function readSample(reader: SourceReader): Promise<Page> {
  const readAt = Date.now()
  return { read: { ...(await reader.sample(SAMPLE)), cursor: null }, readAt }
}

/** One page ahead, and no more: what it holds is kept in memory, and grows out of date. */
function readingAhead(reader: SourceReader) {
  let next: { cursor: string; page: Promise<Page> } | undefined
  const read = async (backfill: Backfill, { pass, cursor }: Place): Promise<Page> => {
    const [readAt, since] = [Date.now(), backfill.startedAt ?? backfill.createdAt]
    return { read: await (pass === 'all' ? reader.readAll(cursor) : reader.readAgain(since, cursor)), readAt }
  }
  return {
    take: (backfill: Backfill, from: Place): Promise<Page> => {
      const begun = next
      next = undefined
      return begun && begun.cursor === from.cursor ? begun.page : read(backfill, from)
    },
    begin: (backfill: Backfill, from: Place): void => {
      const page = read(backfill, from)
      page.catch(() => undefined) // whoever takes it learns of it
      next = { cursor: String(from.cursor), page }
    },
  }
}

const store = (
  { database }: Deps,
  { tenantId, turn, turnMs }: Reading,
  next: Place,
  total: number | null,
): Promise<void> => database.asTenant(tenantId, (db) => storePlace(db, turn, { place: next, total, forMs: turnMs }))

async function storeRecords(
  { database, now }: Deps,
  { tenantId, turn, turnMs }: Reading,
  { id: backfillId, status }: Backfill,
  { ids, ...at }: Place,
  page: ReadPage,
): Promise<ReadPage> {
  const of = { backfillId, phase: status === 'planning' ? 'plan' : 'run' } as const
  await database.asTenant(tenantId, async (db) => {
    await storePlace(db, turn, { place: { ...at, ids: [] }, total: null, forMs: turnMs })
    await addRecords(db, of, ids, new Date(now()))
  })
  return page
}

const recordsOf = (records: readonly SourceRecord[]): Map<string, SyncRecord> =>
  new Map(records.flatMap(({ id, record }) => (record ? [[id, record]] : [])))
