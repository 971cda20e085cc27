import type { TenantDb } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import { closeRunsOfDelivery } from '../sync/run-store.ts'
import { wakeInboxes } from '../webhooks/wake-inboxes.ts'
import type { DeliveryAction } from './delivery-filter.ts'
import { type HeldDelivery, markDiscarded, putBack } from './held-delivery-store.ts'

/** Puts deliveries, which are locked, back to be worked on, or gives them up. In the transaction in hand. */
export async function changeDeliveries(
  deps: { enqueueMany: EnqueueMany },
  db: TenantDb,
  change: { action: DeliveryAction; deliveries: HeldDelivery[]; at: Date },
): Promise<void> {
  const ids = change.deliveries.map(({ id }) => id)
  if (ids.length === 0) return
  if (change.action === 'replay') {
    await putBack(db, ids)
    await wakeInboxes(db, deps.enqueueMany, [db.tenantId])
  } else {
    await markDiscarded(db, ids, change.at)
    await endRuns(db, change.deliveries, change.at)
  }
}

/** What nobody works on any more must not look as if it were still waiting. */
async function endRuns(db: TenantDb, deliveries: HeldDelivery[], at: Date): Promise<void> {
  for (const { id } of deliveries) await closeRunsOfDelivery(db, id, { outcome: 'skipped', reason: GIVEN_UP, at })
}

/** Owners read it. */
const GIVEN_UP = 'It was decided not to do this any more.'
