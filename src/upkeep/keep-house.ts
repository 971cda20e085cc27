import { forgetBackfills } from '../backfills/backfill-store.ts'
import { visitHooks } from '../connections/visit-hooks.ts'
import type { Database } from '../db/database.ts'
import { ensurePartitions } from '../db/partitions.ts'
import { forgetOrders } from '../deliveries/order-store.ts'
import { forgetDeletedContacts } from '../flows/contact-state-store.ts'
import type { Enqueue, EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { listDueForPurge } from '../tenants/purge-time-store.ts'
import { forgetSpentTokens } from '../tenants/spent-token-store.ts'
import { forgetDeliveryIds } from '../webhooks/delivery-store.ts'
import { forgetIntakeCounts } from '../webhooks/intake-count-store.ts'
import { type RetentionDeps, retire } from './retire.ts'

export type HouseDeps = RetentionDeps & {
  database: Database
  now: Clock
  enqueue: Enqueue
  enqueueMany: EnqueueMany
  baseUrl: string
}

const DAY_MS = 86_400_000
/**
 * A sender's id is remembered this long, however long the delivery itself is kept: a day longer than what is too old to be
 * taken, whichever way the clock was wrong.
 */
const DELIVERY_ID_LIFE_MS = 31 * DAY_MS
const ORDER_LIFE_MS = 90 * DAY_MS
const BACKFILL_LIFE_MS = 90 * DAY_MS
const INTAKE_COUNT_LIFE_MS = 30 * DAY_MS
/** For what came while a process still had the key of a purged tenant at hand. */
const PURGE_AGAIN_MS = 2 * 3_600_000

/**
 * Each hour: partitions for the days to come, and away with whatever has been kept for as long as it should be. What fails
 * keeps nothing else from being done; the round is then repeated.
 */
export async function keepHouse(deps: HouseDeps): Promise<void> {
  const { system } = deps.database
  const now = deps.now()
  const chores = [
    () => ensurePartitions(system, now),
    () => askForPurges(deps),
    () => forgetSpentTokens(system, now),
    () => forgetDeliveryIds(system, new Date(now - DELIVERY_ID_LIFE_MS)),
    () => forgetDeletedContacts(system, new Date(now - DELIVERY_ID_LIFE_MS)),
    () => visitHooks(deps),
    () => forgetOrders(system, new Date(now - ORDER_LIFE_MS)),
    () => forgetBackfills(system, new Date(now - BACKFILL_LIFE_MS)),
    () => forgetIntakeCounts(system, new Date(now - INTAKE_COUNT_LIFE_MS)),
    () => retire(deps),
  ]
  const failures: unknown[] = []
  for (const chore of chores) await chore().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function askForPurges({ database, now, enqueue }: HouseDeps): Promise<void> {
  const due = { now: new Date(now()), purgedSince: new Date(now() - PURGE_AGAIN_MS) }
  for (const tenantId of await listDueForPurge(database.system, due)) {
    await enqueue(database.system, 'purge-tenant', { tenantId }, { key: tenantId })
  }
}
