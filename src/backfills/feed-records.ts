import type { Database } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { LookedAhead } from '../highlevel/looked-ahead.ts'
import { LOOKED_FOR_TOGETHER, type LookAhead } from '../sync/look-ahead.ts'
import type { SyncRecord } from '../sync/sides/side.ts'
import { type Backfill, type BackfillWork, PHASE_OF } from './backfill.ts'
import { listPending, type PendingRecord } from './backfill-record-store.ts'
import { getBackfill } from './backfill-store.ts'
import { isEndOfPass, placeOf, type ReadOn, type ReadPage } from './read-on.ts'
import type { RecordsInHand } from './records-in-hand.ts'

/** A record to be worked on, with what is at hand of it. */
export type FedRecord = {
  record: PendingRecord
  /** Of the first reading, or of a later one of what may have changed since. */
  isAgain: boolean
  known?: { record: SyncRecord; readAt: number }
  ahead: LookedAhead | undefined
}

export type Feeding = {
  tenantId: string
  flow: StartedFlow
  begun: Backfill & { status: BackfillWork }
  readOn: ReadOn
  inHand: RecordsInHand
  /** `holdsPage`: what is read of a page would have to be read again, record by record. */
  isUp(holdsPage: boolean): boolean
}

/** Records taken up at once: what is left of a page. */
const MOST = 500

/**
 * Records in the order in which they are to be worked on, and page after page: those of the next one come while the last ones of
 * this one are still in hand, so that nobody who works waits for a page. Returns true when there are no more, and false when
 * the turn is over or somebody has decided something else.
 */
export async function* feedRecords(
  deps: { database: Database; lookAhead: LookAhead },
  feeding: Feeding,
): AsyncGenerator<FedRecord, boolean> {
  const { begun, readOn, inHand, isUp } = feeding
  let page: ReadPage | undefined
  for (;;) {
    const { backfill, records } = await look(deps, feeding)
    if (backfill.status !== begun.status || inHand.isStopped() || isUp(records.length > 0 && holds(page))) return false
    if (records.length > 0) {
      for await (const fed of withAhead(deps, feeding, records, page)) {
        if (inHand.isStopped() || isUp(holds(page))) return false
        inHand.add(fed.record.recordId)
        yield { ...fed, isAgain: placeOf(backfill).isAgain }
      }
    } else if (isEndOfPass(backfill) && inHand.ids().size > 0) {
      await inHand.empty()
    } else {
      page = await readOn(backfill)
      if (!page) return true
    }
  }
}

const holds = (page: ReadPage | undefined): boolean => page !== undefined && page.known.size > 0

/** How it stands, and what waits and is in nobody's hand. */
async function look({ database }: { database: Database }, { tenantId, begun, inHand }: Feeding) {
  const before = inHand.ids() // what is settled while this is read was not waiting either
  const of = { backfillId: begun.id, phase: PHASE_OF[begun.status] }
  const { backfill, pending } = await database.asTenant(tenantId, async (db) => ({
    backfill: await getBackfill(db, begun.id),
    pending: await listPending(db, of, MOST + before.size),
  }))
  return { backfill, records: pending.filter(({ recordId }) => !before.has(recordId)) }
}

type Fed = Omit<FedRecord, 'isAgain'>

/** Some at a time; while these are worked on, the next ones are looked for. */
async function* withAhead(
  deps: { lookAhead: LookAhead },
  { tenantId, flow }: Feeding,
  records: readonly PendingRecord[],
  page: ReadPage | undefined,
): AsyncGenerator<Fed> {
  const fed = records.map((record): Omit<Fed, 'ahead'> => {
    const known = page?.known.get(record.recordId)
    return { record, ...(page && known && { known: { record: known, readAt: page.readAt } }) }
  })
  const lookFor = (from: number): Promise<LookedAhead | undefined> => {
    const some = fed.slice(from, from + LOOKED_FOR_TOGETHER).flatMap(({ known }) => (known ? [known.record] : []))
    const looked = deps.lookAhead({ tenantId, flow, records: some })
    looked.catch(() => undefined) // whoever needs it learns of it
    return looked
  }
  let next = lookFor(0)
  for (let from = 0; from < fed.length; from += LOOKED_FOR_TOGETHER) {
    const ahead = await next
    if (from + LOOKED_FOR_TOGETHER < fed.length) next = lookFor(from + LOOKED_FOR_TOGETHER)
    for (const one of fed.slice(from, from + LOOKED_FOR_TOGETHER)) yield { ...one, ahead }
  }
}
