import type { Database } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { listDueBackfills } from './backfill-store.ts'

const MOST = 200

/** Those that have waited long enough, and those whose worker is gone. */
export async function wakeBackfills(deps: { database: Database; enqueueMany: EnqueueMany; now: Clock }): Promise<void> {
  const due = await listDueBackfills(deps.database.system, new Date(deps.now()), MOST)
  const jobs = due.map(({ tenantId, id }) => ({ payload: { tenantId, backfillId: id }, key: id }))
  if (jobs.length > 0) await deps.database.asSystem((db) => deps.enqueueMany(db, 'work-backfill', jobs))
}
