import type { Database, TenantDb } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import type { Vault } from '../tenants/vault.ts'
import { insertDeliveries, type NewDelivery } from '../webhooks/delivery-store.ts'
import { POLL } from '../webhooks/platform-sources.ts'
import { prepareDelivery } from '../webhooks/prepare-delivery.ts'
import { wakeInboxes } from '../webhooks/wake-inboxes.ts'

/** Something that happened at the platform and that no event told. */
export type Found = {
  type: string
  recordId: string
  contactId: string | null
  /** When it happened, as far as that is known, by the platform's clock. */
  at: number
  /** Names this state of the record: the same one found again is the same delivery. */
  mark: string
  /** What is known of it, named as in an event. */
  fields?: Record<string, unknown>
}

export type TellDeps = { database: Database; vault: Vault; enqueueMany: EnqueueMany; appId: string; now: Clock }

/**
 * Made the way the platform would have told it, so that everything which reads, orders and works on webhooks does the same
 * with it.
 */
export const prepareFound = (deps: TellDeps, locationId: string, found: readonly Found[]): Promise<NewDelivery[]> =>
  Promise.all(
    found.map(async ({ type, recordId, contactId, at, mark, fields }) => {
      const timestamp = new Date(at).toISOString()
      const event = { ...fields, type, appId: deps.appId, locationId, id: recordId, timestamp }
      const body = Buffer.from(JSON.stringify({ ...event, ...(contactId && { contactId }) }))
      const clocks = { databaseClock: () => at, watchClock: () => {} } // however long ago it happened, it was found now
      const delivery = await prepareDelivery({ ...deps, ...clocks }, { body, headers: {} })
      return { ...delivery, source: POLL, deliveryId: `${type}:${recordId}:${mark}` }
    }),
  )

/** Stores what was found, in the transaction that remembers it; how much of it was new. */
export async function tellFound(
  deps: Pick<TellDeps, 'enqueueMany'>,
  db: TenantDb,
  deliveries: NewDelivery[],
): Promise<number> {
  if (deliveries.length === 0) return 0
  const stored = await insertDeliveries(db, deliveries)
  if (stored.size > 0) await wakeInboxes(db, deps.enqueueMany, [db.tenantId])
  return stored.size
}
