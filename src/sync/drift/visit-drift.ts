import type { SystemDb } from '../../db/database.ts'
import type { EnqueueMany } from '../../jobs/queue.ts'
import type { Clock } from '../../lib/clock.ts'
import { listFlowsToCheck } from './drift-store.ts'

/** A little less than a day, so that it stays the same hour. */
const DAILY_MS = 23 * 3_600_000
const SPREAD_MS = 40 * 60_000

/** By schedule, each hour: has linked records of flows compared that were not for a day, spread over most of the hour. */
export async function visitDrift(deps: { system: SystemDb; enqueueMany: EnqueueMany; now: Clock }): Promise<void> {
  const { system, enqueueMany, now } = deps
  const flows = await listFlowsToCheck(system, new Date(now() - DAILY_MS))
  await enqueueMany(
    system,
    'check-drift',
    flows.map((payload) => ({ payload, key: payload.flowId, afterMs: Math.random() * SPREAD_MS })),
  )
}
