import type { SystemDb } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import { inParallel } from '../lib/in-parallel.ts'
import { type InboxLedger, SLICE } from './inbox-ledger.ts'
import type { Waiting } from './inbox-store.ts'
import { type TakeDeliveryDeps, takeDelivery } from './take-delivery.ts'
import { wakeInboxes } from './wake-inboxes.ts'

export type WorkInboxDeps = TakeDeliveryDeps & { ledger: InboxLedger; enqueueMany: EnqueueMany; system: SystemDb }

/** So many ordering keys of a tenant at once: one of them may be waiting for a slow partner. */
const KEYS_AT_ONCE = 10
/** After that no further delivery is begun: whoever has little to do is not kept waiting by whoever has much. */
const TURN_MS = 2000

/**
 * One turn of one tenant: its next deliveries, those of one ordering key strictly one after another. Another turn follows
 * when there is more. Resolves when nothing of it is under way any more; the signal asks for an early end.
 */
export async function workInbox(deps: WorkInboxDeps, tenantId: string, signal: AbortSignal): Promise<void> {
  const next = await deps.ledger.look(tenantId)
  const ends = performance.now() + TURN_MS
  const isOver = (): boolean => signal.aborted || performance.now() > ends
  const chains = [...Map.groupBy(next, ({ orderingKey }) => orderingKey).values()]
  const harmless = chains.filter((chain) => !chain.some(isSuspect))
  const suspicious = chains.filter((chain) => chain.some(isSuspect))
  const work = (chain: Waiting[]): Promise<ChainEnd> => workChain(deps, chain, isOver)
  const ended = await inParallel(harmless, KEYS_AT_ONCE, work)
  for (const chain of suspicious) ended.push(await work(chain))
  if (next.length === SLICE || ended.includes('left')) await wakeAgain(deps, tenantId)
}

/**
 * It was begun and never came to an end, or to one that nobody can explain: it may have killed its worker, and must not take
 * others with it, or the blame would be theirs as well.
 */
const isSuspect = ({ attempts, troubles }: Waiting): boolean => attempts > troubles

/** Everything of it is done, something waits for a later attempt, or there was no time for the rest. */
type ChainEnd = 'done' | 'waits' | 'left'

async function workChain(deps: WorkInboxDeps, chain: Waiting[], isOver: () => boolean): Promise<ChainEnd> {
  for (const waiting of chain) {
    if (isOver()) return 'left'
    const delivery = await deps.ledger.begin(waiting)
    if (!delivery) return 'left' // somebody else has it: whoever looks again will see
    if ((await takeDelivery(deps, delivery)) === 'delayed') return 'waits'
  }
  return 'done'
}

const wakeAgain = (deps: WorkInboxDeps, tenantId: string): Promise<void> =>
  deps.database.asSystem((db) => wakeInboxes(db, deps.enqueueMany, [tenantId]))
