import type { Database } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { listDueTenants, listWaitingTenants } from './inbox-store.ts'
import { wakeInboxes } from './wake-inboxes.ts'

export type WakeDeps = { database: Database; enqueueMany: EnqueueMany; now: Clock }

/** Who has waited for so long should have had a turn. */
const LONG_MS = 60_000

/** Wakes tenants with deliveries whose time has come, or whose worker is gone. */
export const wakeDue = async (deps: WakeDeps): Promise<void> => wake(deps, await listDueTenants(deps.database.system))

/** Should a wake-up ever get lost, as with a restored backup, its tenant is found here. */
export const wakeForgotten = async (deps: WakeDeps): Promise<void> =>
  wake(deps, await listWaitingTenants(deps.database.system, new Date(deps.now() - LONG_MS)))

const wake = async (deps: WakeDeps, tenantIds: string[]): Promise<void> => {
  if (tenantIds.length > 0) await deps.database.asSystem((db) => wakeInboxes(db, deps.enqueueMany, tenantIds))
}
