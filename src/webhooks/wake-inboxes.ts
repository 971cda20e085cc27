import type { AnyDb } from '../db/database.ts'
import type { Statement } from '../db/pipeline.ts'
import type { EnqueueMany, EnqueueStatement } from '../jobs/queue.ts'
import { holdingTurnsBack, holdTurnsBack } from './inbox-store.ts'

/**
 * Has the deliveries of these tenants worked on. In the transaction that stored them or put them back: a turn that is about
 * to begin waits for its end, so that one wake-up already waiting is enough for all that come meanwhile.
 */
export async function wakeInboxes(db: AnyDb, enqueueMany: EnqueueMany, tenantIds: readonly string[]): Promise<void> {
  if (tenantIds.length === 0) return
  const tenants = inLockingOrder(tenantIds)
  await holdTurnsBack(db, tenants)
  await enqueueMany(db, 'work-inbox', tenants.map(wakeUpOf))
}

/** The same as statements of a pipeline. */
export async function wakingInboxes(
  enqueueStatement: EnqueueStatement,
  tenantIds: readonly string[],
): Promise<Statement[]> {
  if (tenantIds.length === 0) return []
  const tenants = inLockingOrder(tenantIds)
  return [holdingTurnsBack(tenants), await enqueueStatement('work-inbox', tenants.map(wakeUpOf))]
}

/** Whoever locks several does so in one order. */
const inLockingOrder = (tenantIds: readonly string[]): string[] => [...new Set(tenantIds)].sort()

const wakeUpOf = (tenantId: string) => ({ payload: { tenantId }, key: tenantId })
