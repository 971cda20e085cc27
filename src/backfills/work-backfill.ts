import { stopConnection } from '../connections/stop-connection.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import type { Enqueue } from '../jobs/queue.ts'
import { askedAhead } from '../lib/asked-ahead.ts'
import { backoff } from '../lib/backoff.ts'
import { newId } from '../lib/ids.ts'
import { repeat } from '../lib/repeat.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { LookAhead } from '../sync/look-ahead.ts'
import { type Backfill, isWork, PHASE_OF } from './backfill.ts'
import { feedRecords } from './feed-records.ts'
import { judgeTrouble, LOOK_AGAIN_MS } from './judge-trouble.ts'
import { type OpenedSource, type OpenSourceDeps, openSource } from './open-source.ts'
import { createReadOn } from './read-on.ts'
import { recordsInHand } from './records-in-hand.ts'
import { type Settlement, settleBackfill } from './settle-backfill.ts'
import { countTrouble, giveTurnBack, holdTurn, type Turn, TurnLost, takeTurn } from './turn-store.ts'
import { TooManyFailed, type WorkDeps, workThrough } from './work-through.ts'

export type WorkBackfillDeps = OpenSourceDeps & WorkDeps & { lookAhead: LookAhead; enqueue: Enqueue; turnMs?: number }

export type Place = { signal: AbortSignal; isCrowded(): boolean }

/** Of somebody who was killed: then it is the next one's. */
const TURN_MS = 12_000
const HOLD_EVERY_MS = 3000
/** Others wait for the place: each backfill has its share of time. And without them, so that it shows how it goes. */
const SHARE_MS = 10_000
const LONGEST_MS = 60_000
/** Whatever happens, somebody looks after it by then. */
const LOOK_AFTER_MS = 20_000
/** While so many wait to be worked on, the next page is read and its counterparts are looked for. */
const AHEAD = 32

/** A page in hand is worked through first, as far as that does not last longer than this. */
const LONGEST_WITH_A_PAGE_MS = 180_000

type Working = { tenantId: string; turn: Turn; turnMs: number; isUp(holdsPage: boolean): boolean }

/** One turn of one backfill. The next one is a job of its own, so that processes and accounts take turns. */
export async function workBackfill(
  deps: WorkBackfillDeps,
  { tenantId, backfillId }: { tenantId: string; backfillId: string },
  place: Place,
): Promise<void> {
  const turn = { backfillId, turn: newId() }
  const turnMs = deps.turnMs ?? TURN_MS
  const begunAt = deps.now()
  const times = { forMs: turnMs, now: new Date(begunAt), wakeAt: new Date(begunAt + LOOK_AFTER_MS) }
  const backfill = await deps.database.asTenant(tenantId, (db) => takeTurn(db, turn, times))
  if (!backfill) return
  const startedAt = performance.now()
  const lost = new AbortController()
  const signal = AbortSignal.any([place.signal, lost.signal])
  const stopHolding = holdOn(deps, tenantId, turn, turnMs, () => lost.abort())
  const shareMs = (holdsPage: boolean): number =>
    holdsPage ? LONGEST_WITH_A_PAGE_MS : place.isCrowded() ? SHARE_MS : LONGEST_MS
  const isUp = (holdsPage: boolean): boolean => signal.aborted || performance.now() - startedAt > shareMs(holdsPage)
  const working = { tenantId, turn, turnMs, isUp }
  try {
    const settlement = await work(deps, working, backfill)
    if (settlement) await settle(deps, working, settlement)
  } finally {
    await stopHolding()
    await passOn(deps, working, performance.now() - startedAt)
  }
}

/** As long as the process lives and nobody has taken it away. */
const holdOn = (deps: WorkBackfillDeps, tenantId: string, turn: Turn, turnMs: number, lose: () => void) =>
  repeat(
    Math.min(HOLD_EVERY_MS, turnMs / 4),
    () => deps.database.asTenant(tenantId, (db) => holdTurn(db, turn, turnMs)),
    lose,
  )

/** Undefined: the turn is over, and the work is not. */
async function work(deps: WorkBackfillDeps, working: Working, backfill: Backfill): Promise<Settlement | undefined> {
  let opened: OpenedSource | undefined
  try {
    opened = await openSource(deps, working.tenantId, backfill)
    if ('ends' in opened) return { step: 'cancel', reason: opened.ends }
    if ('waits' in opened) return { step: 'wait', reason: opened.waits, until: new Date(deps.now() + LOOK_AGAIN_MS) }
    return await workOn(deps, working, backfill, opened)
  } catch (error) {
    return judge(deps, working, error, opened)
  }
}

type Opened = Extract<OpenedSource, { reader: unknown }>

async function workOn(
  deps: WorkBackfillDeps,
  { tenantId, turn, turnMs, isUp }: Working,
  begun: Backfill,
  { flow, reader, atOnce }: Opened,
): Promise<Settlement | undefined> {
  const { status } = begun
  if (!isWork(status)) return undefined
  const inHand = recordsInHand()
  const readOn = createReadOn(deps, reader, { tenantId, turn, turnMs })
  const fed = feedRecords(deps, { tenantId, flow, begun: { ...begun, status }, readOn, inHand, isUp })
  const records = askedAhead(fed, AHEAD, () => inHand.isStopped() || isUp(true))
  const batch = { tenantId, backfill: begun, phase: PHASE_OF[status], turn, turnMs, flow, atOnce, records, inHand }
  return (await workThrough(deps, batch)) ? { step: 'finish' } : undefined
}

async function judge(
  deps: WorkBackfillDeps,
  working: Working,
  error: unknown,
  opened: OpenedSource | undefined,
): Promise<Settlement | undefined> {
  if (error instanceof TurnLost) return undefined
  if (error instanceof TooManyFailed) return { step: 'wait', reason: TOO_MANY, until: null }
  const { tenantId, turn } = working
  if (opened && 'open' in opened && isTrouble(error) && error.code === 'credentials_refused' && !isRefusal(error)) {
    await stopConnection(deps, tenantId, opened.open, error)
  }
  const troubles = await deps.database.asTenant(tenantId, (db) => countTrouble(db, turn))
  const judged = judgeTrouble(error, troubles, Math.random())
  if (!judged) {
    deps.log.error({ error, tenantId, backfillId: turn.backfillId }, 'a backfill met a surprise and is tried again')
    return { step: 'wait', reason: OUR_SIDE, until: new Date(deps.now() + surprised(troubles)) }
  }
  if (judged.kind === 'end') return { step: 'cancel', reason: judged.reason }
  if (judged.kind === 'record') return { step: 'fail', reason: judged.reason }
  return { step: 'wait', reason: judged.reason, until: new Date(deps.now() + judged.afterMs) }
}

const surprised = (troubles: number): number =>
  backoff({ firstMs: 10_000, mostMs: 30 * 60_000 }, troubles, Math.random())

const OUR_SIDE = 'Something went wrong on our side. It will be tried again.'
const TOO_MANY =
  'So many records failed one after the other that the import was stopped. Look at the reasons, then continue or cancel.'

const settle = (deps: WorkBackfillDeps, { tenantId, turn }: Working, settlement: Settlement): Promise<void> =>
  deps.database.asTenant(tenantId, (db) => settleBackfill(db, turn.backfillId, settlement, new Date(deps.now())))

async function passOn(deps: WorkBackfillDeps, { tenantId, turn }: Working, busyMs: number): Promise<void> {
  await deps.database.asTenant(tenantId, async (db) => {
    const left = await giveTurnBack(db, turn, { busyMs, at: new Date(deps.now()) })
    if (!left || !isWork(left.status)) return
    const { backfillId } = turn
    await deps.enqueue(db, 'work-backfill', { tenantId, backfillId }, { key: backfillId })
  })
}
