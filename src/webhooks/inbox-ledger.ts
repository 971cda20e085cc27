import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import type { Delivery, DeliveryResult } from './delivery-store.ts'
import { listNext, noteProgress, type Progress, type Waiting } from './inbox-store.ts'

/**
 * What a worker's turns ask of the database, many tenants and deliveries to a statement: whoever comes while one is under
 * way goes into the next.
 */
export type InboxLedger = {
  /** The tenant's next deliveries, in order, up to `SLICE`. */
  look(tenantId: string): Promise<Waiting[]>
  /**
   * Counts the attempt before the work begins, so that a delivery that kills its worker is noticed. Undefined when somebody
   * else has begun or settled it since it was looked at.
   */
  begin(waiting: Waiting): Promise<Delivery | undefined>
  /** What was settled by somebody else stays as it is: a worker that was thought dead may come late. */
  settle(delivery: Delivery, result: DeliveryResult): Promise<void>
  /** It is tried again, not within so many milliseconds. */
  delay(delivery: Delivery, trouble: { healing: boolean; forMs: number }): Promise<void>
  /** What came of it could not be written down: as soon as the database is back, it is left to whoever looks next. */
  lose(delivery: Delivery): void
  /** Says that what was begun here is still being worked on, and what was lost is not. */
  renewLeases(): Promise<void>
  /** Leaves what was begun here and has not ended to others, at once. */
  endLeases(): Promise<void>
}

export const SLICE = 100
/** What a killed worker had begun is begun again after that, so `renewLeases` must be called much more often. */
const LEASE_MS = 15_000

const TOGETHER = { lanes: 2, most: 200, waiting: 100_000, isItemFault: () => false }

export function createInboxLedger({ database, now }: { database: Database; now: Clock }): InboxLedger {
  const underWay = new Map<string, Delivery>()
  const look = createGroupCommit({
    ...TOGETHER,
    commit: async (tenantIds: string[]) => {
      const next = await listNext(database.system, tenantIds, SLICE)
      return tenantIds.map((tenantId) => next.get(tenantId) ?? [])
    },
  })
  const note = createGroupCommit({
    ...TOGETHER,
    commit: async (progress: Progress[]) => {
      // A lease may be renewed in the moment in which its delivery is settled: of two rows, a statement would take either.
      const latest = new Map(progress.map((one) => [one.id, one]))
      const written = await noteProgress(database.system, [...latest.values()])
      return progress.map(({ id }) => written.get(id))
    },
  })
  const lost = new Map<string, Delivery>()
  const giveBack = async (delivery: Delivery): Promise<void> => {
    await note({ ...standing(delivery), troubles: delivery.troubles + 1, notWithinMs: 0 })
    lost.delete(delivery.id)
  }
  const hold = async (deliveries: Delivery[], notWithinMs: number | null): Promise<void> => {
    await Promise.all(deliveries.map((delivery) => note({ ...standing(delivery), notWithinMs })))
  }
  return {
    look,
    begin: async (waiting) => {
      const attempts = waiting.attempts + 1
      const row = await note({ ...standing(waiting), attempts, notWithinMs: LEASE_MS })
      if (!row) return undefined
      const { event_type: eventType, received_at: receivedAt, connection_id: connectionId, ...same } = row
      const delivery = { ...waiting, ...same, attempts, connectionId, eventType, receivedAt }
      underWay.set(delivery.id, delivery)
      return delivery
    },
    settle: async (delivery, { state, reason }) => {
      underWay.delete(delivery.id)
      const finishedAt = state === 'parked' ? null : new Date(now())
      await note({ ...standing(delivery), state, reason, finishedAt })
    },
    delay: async (delivery, { healing, forMs }) => {
      underWay.delete(delivery.id)
      await note({ ...standing(delivery), troubles: delivery.troubles + (healing ? 1 : 0), notWithinMs: forMs })
    },
    lose: (delivery) => {
      underWay.delete(delivery.id)
      lost.set(delivery.id, delivery)
    },
    renewLeases: async () => {
      await Promise.all([hold([...underWay.values()], LEASE_MS), ...[...lost.values()].map(giveBack)])
    },
    endLeases: () => {
      const left = [...underWay.values()]
      underWay.clear()
      return hold(left, null)
    },
  }
}

const standing = ({ tenantId, id, attempts, troubles, replays }: Waiting): Progress => ({
  ...{ tenantId, id, attempts, troubles, replays, seen: attempts },
  ...{ state: 'received', reason: null, notWithinMs: null, finishedAt: null },
})
