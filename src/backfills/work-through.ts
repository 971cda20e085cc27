import type { Database } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Clock } from '../lib/clock.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import type { Logger } from '../lib/logger.ts'
import type { SyncOutcome } from '../sync/sync-outcome.ts'
import type { SyncTask } from '../sync/sync-record.ts'
import { type Backfill, NO_COUNTS, type Phase } from './backfill.ts'
import { type SettledRecord, settleRecords } from './backfill-record-store.ts'
import type { FedRecord } from './feed-records.ts'
import { judgeTrouble } from './judge-trouble.ts'
import type { RecordsInHand } from './records-in-hand.ts'
import { storeAdvance, type Turn, TurnLost } from './turn-store.ts'

export type SyncOne = (task: SyncTask) => Promise<SyncOutcome>

export type WorkDeps = {
  database: Database
  now: Clock
  log: Logger
  /** Writes, and says what became of it. */
  syncRecord: SyncOne
  /** Writes nothing, and says what would become of it. */
  planRecord: SyncOne
}

export type Batch = {
  tenantId: string
  backfill: Backfill
  phase: Phase
  turn: Turn
  turnMs: number
  flow: StartedFlow
  atOnce: number
  /** Nothing more comes when the turn is over. */
  records: AsyncGenerator<FedRecord, boolean>
  inHand: RecordsInHand
}

/** Of those that failed; more are counted only. */
const MOST_KEPT = 1000
/** The owner should see what is wrong before everything is tried. */
export const MOST_IN_A_ROW = 50
/** So many records failed one after the other that more of them would. */
export class TooManyFailed extends Error {
  override readonly name = 'TooManyFailed'
}

/**
 * Works on records, some at once. What became of each is stored before the next one takes its place. Rejects with what keeps
 * the others from being worked on as well; those are still pending then. True when there were no more.
 */
export async function workThrough(deps: WorkDeps, batch: Batch): Promise<boolean> {
  const { records, inHand } = batch
  const store = createStoring(deps, batch)
  let isThrough = false
  const lane = async (): Promise<void> => {
    try {
      for (let next = await records.next(); ; next = await records.next()) {
        if (next.done) {
          isThrough ||= next.value === true // those who ask later are told nothing
          return
        }
        await store({ fed: next.value, outcome: await lookAt(deps, batch, next.value) })
        inHand.settled(next.value.record.recordId)
      }
    } catch (error) {
      inHand.stop()
      throw error
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: batch.atOnce }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return isThrough
}

async function lookAt(deps: WorkDeps, batch: Batch, fed: FedRecord): Promise<SyncOutcome> {
  const { tenantId, backfill, flow, phase } = batch
  const {
    record: { recordId },
    isAgain,
    known,
    ahead,
  } = fed
  const task: SyncTask = {
    tenantId,
    flow,
    from: backfill.source,
    recordId,
    ...known,
    ahead,
    cause: { kind: 'backfill', backfillId: backfill.id, pass: isAgain ? 'again' : phase },
    quiet: true,
  }
  try {
    return await (phase === 'plan' ? deps.planRecord(task) : deps.syncRecord(task))
  } catch (error) {
    const judged = judgeTrouble(error, 1, 0)
    if (judged && judged.kind !== 'record') throw error
    if (!judged) deps.log.error({ error, tenantId, backfillId: backfill.id }, 'a record could not be brought over')
    return failed(backfill, recordId, judged?.reason ?? OUR_SIDE)
  }
}

const OUR_SIDE = 'Something went wrong on our side.'

const failed = ({ source }: Backfill, recordId: string, reason: string): SyncOutcome => ({
  outcome: 'failed',
  reason,
  highLevelId: source === 'highlevel' ? recordId : null,
  partnerId: source === 'partner' ? recordId : null,
  wrote: { highlevel: [], partner: [] },
})

type Settled = { fed: FedRecord; outcome: SyncOutcome }

/** Those that are done at the same time share a transaction. */
function createStoring(deps: WorkDeps, batch: Batch): (settled: Settled) => Promise<void> {
  let kept = batch.backfill.counts.failed + batch.backfill.counts.conflict
  let failedInARow = batch.backfill.failedInARow
  const isKept = ({ outcome }: SyncOutcome): boolean => {
    if (batch.phase !== 'run') return true
    return (outcome === 'failed' || outcome === 'conflict') && kept++ < MOST_KEPT
  }
  return createGroupCommit<Settled, void>({
    ...{ lanes: 1, most: 100, waiting: 10_000, isItemFault: () => false },
    commit: async (settled) => {
      for (const { outcome } of settled) failedInARow = outcome.outcome === 'failed' ? failedInARow + 1 : 0
      const records = settled.map(
        ({ fed, outcome }): SettledRecord => ({
          recordId: fed.record.recordId,
          ...{ outcome, isKept: isKept(outcome) },
        }),
      )
      const status = await deps.database.asTenant(batch.tenantId, async (db) => {
        const advance = { ...countUp(batch.phase, settled), failedInARow, forMs: batch.turnMs }
        const standing = await storeAdvance(db, batch.turn, advance)
        await settleRecords(db, { backfillId: batch.backfill.id, phase: batch.phase }, records, new Date(deps.now()))
        return standing
      })
      if (status !== batch.backfill.status) throw new TurnLost()
      if (failedInARow >= MOST_IN_A_ROW) throw new TooManyFailed()
      return settled.map(() => undefined)
    },
  })
}

/**
 * Plan and test are counted by their records. What is read again is no more done than it was: only what came of it counts, and
 * no longer what had come of it before.
 */
function countUp(phase: Phase, settled: readonly Settled[]) {
  const counts = { ...NO_COUNTS }
  if (phase !== 'run') return { done: 0, counts }
  for (const { fed, outcome } of settled) {
    const { before } = fed.record
    if (before) counts[before] -= 1
    const isNews = outcome.outcome !== 'unchanged' && outcome.outcome !== 'skipped'
    if (!fed.isAgain || before || isNews) counts[outcome.outcome] += 1
  }
  return { done: settled.filter(({ fed }) => !fed.isAgain).length, counts }
}
