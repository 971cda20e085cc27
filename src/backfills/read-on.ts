import { z } from 'zod'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { SyncRecord } from '../sync/sides/side.ts'
import { type Backfill, isWork } from './backfill.ts'
import { addRecords } from './backfill-record-store.ts'
import type { SourceReader, SourceRecord } from './source-reader.ts'
import { storePlace, type Turn } from './turn-store.ts'

/** How far reading has come. `again`: through once, and now what may have changed meanwhile. */
const place = z.object({
  pass: z.enum(['all', 'again', 'through']),
  cursor: z.string().nullable(),
  /** Whether the last page, of which records may be left, was of what is read again. */
  isAgain: z.boolean(),
})
type Place = z.infer<typeof place>

/** Records that a plan looks at. */
export const SAMPLE = 100

export const placeOf = ({ place: stored }: Pick<Backfill, 'place'>): Place =>
  stored === null ? { pass: 'all', cursor: null, isAgain: false } : place.parse(stored)

/** Records that a list held whole, by id, and when it was asked for. */
export type ReadPage = { known: ReadonlyMap<string, SyncRecord>; readAt: number }

/**
 * The next page of the work in hand. Its records and where reading goes on are stored together: killed before, it is read once
 * more; killed after, its records are there. Undefined: there is nothing more to be read.
 */
export async function readOn(
  deps: { database: Database; now: Clock },
  reader: SourceReader,
  { tenantId, backfill, turn, turnMs }: { tenantId: string; backfill: Backfill; turn: Turn; turnMs: number },
): Promise<ReadPage | undefined> {
  const from = placeOf(backfill)
  if (backfill.status === 'testing' || !isWork(backfill.status) || from.pass === 'through') return undefined
  const readAt = Date.now()
  const isPlan = backfill.status === 'planning'
  const page = isPlan ? { ...(await reader.sample(SAMPLE)), cursor: null } : await readPage(reader, backfill, from)
  const isAgain = from.pass === 'again'
  const last = isPlan || isAgain ? 'through' : 'again'
  const next: Place = { pass: page.cursor === null ? last : from.pass, cursor: page.cursor, isAgain }
  await deps.database.asTenant(tenantId, async (db) => {
    const of = { backfillId: backfill.id, phase: isPlan ? 'plan' : 'run' } as const
    await storePlace(db, turn, { place: next, total: from.pass === 'all' ? page.total : null, forMs: turnMs })
    await addRecords(db, of, idsOf(page.records), new Date(deps.now()))
  })
  return { known: recordsOf(page.records), readAt }
}

const readPage = (reader: SourceReader, { startedAt, createdAt }: Backfill, { pass, cursor }: Place) =>
  pass === 'all' ? reader.readAll(cursor) : reader.readAgain(startedAt ?? createdAt, cursor)

const idsOf = (records: readonly SourceRecord[]): string[] => records.map(({ id }) => id)

const recordsOf = (records: readonly SourceRecord[]): Map<string, SyncRecord> =>
  new Map(records.flatMap(({ id, record }) => (record ? [[id, record]] : [])))
