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
  /** The tenant's next deliveries, in order. */
  look(tenantId: string): Promise<Waiting[]>
  /**
   * Counts the attempt before the work begins, so that a delivery that kills its worker is noticed. Undefined when somebody
   * else has begun or settled it since it was looked at.
   */
  begin(waiting: Waiting): Promise<Delivery | undefined>
  /** What was settled by somebody else stays as it is: a worker that was thought dead may come late. */
  settle(delivery: Delivery, result: DeliveryResult): Promise<void>
  /** It is tried again, not before `dueAt`. */
  delay(delivery: Delivery, trouble: { healing: boolean; dueAt: Date }): Promise<void>
}

/** A turn looks at so many deliveries of its tenant, then it is the next tenant's. */
export const SLICE = 100

const TOGETHER = { lanes: 2, most: 200, waiting: 100_000, isItemFault: () => false }

export function createInboxLedger({ database, now }: { database: Database; now: Clock }): InboxLedger {
  const look = createGroupCommit({
    ...TOGETHER,
    commit: async (tenantIds: string[]) => {
      const next = await listNext(database.system, tenantIds, { now: new Date(now()), most: SLICE })
      return tenantIds.map((tenantId) => next.get(tenantId) ?? [])
    },
  })
  const note = createGroupCommit({
    ...TOGETHER,
    commit: async (progress: Progress[]) => {
      const written = await noteProgress(database.system, progress)
      return progress.map(({ id }) => written.get(id))
    },
  })
  return {
    look,
    begin: async (waiting) => {
      const attempts = waiting.attempts + 1
      const row = await note({ ...standing(waiting), seen: waiting.attempts, attempts })
      if (!row) return undefined
      const { event_type: eventType, received_at: receivedAt, source, body } = row
      return { ...waiting, attempts, source, eventType, receivedAt, body }
    },
    settle: async (delivery, { state, reason }) => {
      const finishedAt = state === 'parked' ? null : new Date(now())
      await note({ ...standing(delivery), state, reason, finishedAt })
    },
    delay: async (delivery, { healing, dueAt }) => {
      await note({ ...standing(delivery), troubles: delivery.troubles + (healing ? 1 : 0), dueAt })
    },
  }
}

const standing = ({ tenantId, id, attempts, troubles }: Waiting): Progress => ({
  ...{ tenantId, id, attempts, troubles, seen: attempts },
  ...{ state: 'received', reason: null, dueAt: null, finishedAt: null },
})
