import type { Database } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Place } from '../jobs/work-freely.ts'
import { createBell } from '../lib/bell.ts'
import type { Delivery } from './delivery-store.ts'
import { type InboxLedger, SLICE } from './inbox-ledger.ts'
import type { Waiting } from './inbox-store.ts'
import { wakeInboxes } from './wake-inboxes.ts'

export type TurnDeps = {
  ledger: InboxLedger
  /** Settles a delivery that was begun, or leaves it for another attempt. */
  take(delivery: Delivery): Promise<'settled' | 'delayed'>
  database: Database
  enqueueMany: EnqueueMany
  /** Runs one at a time in this process. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export type Turn = {
  /** Whether it will: false once it has nothing more to do. */
  lookAgain(): boolean
  isSaturated(): boolean
  /** Resolves when nothing of it is under way any more. */
  ended: Promise<void>
}

/** So many ordering keys of a tenant at once: some may be waiting for a slow partner. */
const KEYS_AT_ONCE = 8
/** After that, a turn whose place others want begins nothing new: whoever has little to do does not wait for whoever has much. */
const TURN_MS = 2000
/** Well within the time after which the queue gives a job to somebody else. */
const LONGEST_TURN_MS = 300_000
/** How often the end of the turn is thought of while nothing happens. */
const LONGEST_PAUSE_MS = 1000

/** A tenant's deliveries in the order of their ids, those of one ordering key strictly one after another. */
export function beginTurn(deps: TurnDeps, tenantId: string, { signal, isCrowded }: Place): Turn {
  const bell = createBell()
  const begunAt = performance.now()
  const underWay = new Set<string>()
  let chains: Waiting[][] = []
  let mayBeMore = true
  let failed: { error: unknown } | undefined
  let isEnding = false

  const isOver = (): boolean => {
    if (failed !== undefined || signal.aborted) return true
    const takenMs = performance.now() - begunAt
    return takenMs > LONGEST_TURN_MS || (takenMs > TURN_MS && isCrowded())
  }
  const hasRoom = (): boolean => underWay.size < KEYS_AT_ONCE
  const look = async (): Promise<void> => {
    mayBeMore = false
    const next = await deps.ledger.look(tenantId)
    if (next.length === SLICE) mayBeMore = true
    const found = [...Map.groupBy(next, ({ orderingKey }) => orderingKey)].filter(([key]) => !underWay.has(key))
    chains = found.map(([, chain]) => chain).sort((left, right) => Number(isSuspect(left)) - Number(isSuspect(right)))
  }
  const begin = (chain: Waiting[], key: string): void => {
    underWay.add(key)
    const work = (): Promise<void> => workChain(deps, chain, isOver)
    void (isSuspect(chain) ? deps.alone(work) : work())
      .catch((error: unknown) => {
        failed ??= { error }
      })
      .finally(() => {
        underWay.delete(key)
        mayBeMore = true // whoever looked meanwhile, here or elsewhere, passed over what had come of this key
        bell.ring()
      })
  }
  const run = async (): Promise<void> => {
    while (!isOver() || underWay.size > 0) {
      bell.hush()
      if (mayBeMore && chains.length === 0 && hasRoom() && !isOver()) await look()
      while (chains.length > 0 && hasRoom() && !isOver()) {
        const chain = chains.shift() as Waiting[]
        begin(chain, String(chain[0]?.orderingKey))
      }
      if (underWay.size === 0 && chains.length === 0 && !mayBeMore) return
      if (underWay.size > 0) await bell.wait(LONGEST_PAUSE_MS)
    }
  }
  const end = async (): Promise<void> => {
    await run()
    isEnding = true
    if (failed) throw failed.error
    if (mayBeMore || chains.length > 0) {
      await deps.database.asSystem((db) => wakeInboxes(db, deps.enqueueMany, [tenantId]))
    }
  }
  return {
    lookAgain: () => {
      mayBeMore = true
      bell.ring()
      return !isEnding
    },
    isSaturated: () => chains.length > 0 || !hasRoom(),
    ended: end(),
  }
}

/**
 * Begun more than once, and it never came to an end, or to one that nobody can explain: it may have killed its workers, and
 * must not take others with it, or the blame would be theirs as well. After the first time that is said of all that a worker
 * had in hand when it was killed: one after another they would keep each other waiting for minutes.
 */
const isSuspect = (chain: Waiting[]): boolean => chain.some(({ attempts, troubles }) => attempts - troubles > 1)

async function workChain(deps: TurnDeps, chain: Waiting[], isOver: () => boolean): Promise<void> {
  for (const waiting of chain) {
    if (isOver()) return
    const delivery = await deps.ledger.begin(waiting)
    if (!delivery) return // somebody else has it: whoever looks again will see
    if ((await takeOrLose(deps, delivery)) === 'delayed') return
  }
}

/** It rejects only when the database is away: a lease that went on being renewed would keep the delivery for ever. */
const takeOrLose = (deps: TurnDeps, delivery: Delivery): Promise<'settled' | 'delayed'> =>
  deps.take(delivery).catch((error: unknown) => {
    deps.ledger.lose(delivery)
    throw error
  })
