import { listConnections } from '../connections/connection-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Enqueue, EnqueueMany } from '../jobs/queue.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { unparkDeliveries } from './delivery-store.ts'
import { obstacleOf } from './obstacle-of.ts'
import { wakeInboxes } from './wake-inboxes.ts'

const PAGE = 500

/** What waited for this tenant goes back to work, in the order in which it came. */
export async function replayParked(
  deps: { database: Database; enqueueMany: EnqueueMany },
  { tenantId }: { tenantId: string },
): Promise<void> {
  for (let taken = PAGE; taken === PAGE; ) {
    taken = await deps.database.asTenant(tenantId, async (db) => {
      const unparked = await unparkDeliveries(db, PAGE)
      if (unparked > 0) await wakeInboxes(db, deps.enqueueMany, [tenantId])
      return unparked
    })
  }
}

/**
 * Whoever mends something replays what is parked by then. What is put aside just after that, because it had looked just
 * before, looks again itself.
 */
export const replayIfMended = (
  deps: { database: Database; enqueue: Enqueue },
  tenantId: string,
  obstacle: string | null,
  eventType: string,
): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    if (await isThere(db, obstacle, eventType)) return
    await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
  })

/** An obstacle lies in the installation, or has the name of the state that one of its connections is in. */
async function isThere(db: TenantDb, obstacle: string | null, eventType: string): Promise<boolean> {
  const installation = await findInstallation(db)
  if (installation?.status === 'uninstalled') return false // nothing waits there: it is looked at again, and ignored
  if (installation && obstacleOf(installation, eventType) === obstacle) return true
  return (await listConnections(db)).some(({ status }) => status === obstacle)
}
