import type { AnyDb } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import { holdTurnsBack } from './inbox-store.ts'

/**
 * Has the deliveries of these tenants worked on. In the transaction that stored them or put them back: a turn that is about
 * to begin waits for its end, so that one wake-up already waiting is enough for all that come meanwhile.
 */
export async function wakeInboxes(db: AnyDb, enqueueMany: EnqueueMany, tenantIds: readonly string[]): Promise<void> {
  if (tenantIds.length === 0) return
  const tenants = [...new Set(tenantIds)].sort() // whoever locks several does so in one order
  await holdTurnsBack(db, tenants)
  await enqueueMany(
    db,
    'work-inbox',
    tenants.map((tenantId) => ({ payload: { tenantId }, key: tenantId })),
  )
}
