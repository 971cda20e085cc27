import type { SystemDb } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { listConnectionsToRead } from './field-catalogue-store.ts'

/** A little less than a day, so that it stays the same hour. */
const DAILY_MS = 23 * 3_600_000
const SPREAD_MS = 40 * 60_000

/** By schedule, each hour: has the fields of connections read that were not read for a day, spread over most of the hour. */
export async function visitFlows(deps: { system: SystemDb; enqueueMany: EnqueueMany; now: Clock }): Promise<void> {
  const { system, enqueueMany, now } = deps
  const connections = await listConnectionsToRead(system, new Date(now() - DAILY_MS))
  await enqueueMany(
    system,
    'read-fields',
    connections.map((payload) => ({ payload, key: payload.connectionId, afterMs: Math.random() * SPREAD_MS })),
  )
}
