import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { changeDeliveries } from './change-deliveries.ts'
import type { ChangeDeps } from './change-delivery.ts'
import { describeFilter } from './delivery-filter.ts'
import { lockMatching } from './held-delivery-store.ts'
import { findOpenOrder, moveOrderOn, type OpenOrder } from './order-store.ts'

/** Deliveries of one transaction. */
const BATCH = 500

/**
 * One tenant's part of an order, oldest first, batch by batch: what was done stays done, and whoever takes it up again goes
 * on behind it. Rejects when it has to stop before the end.
 */
export async function carryOutOrder(
  deps: ChangeDeps & { batch?: number },
  { tenantId, orderId }: { tenantId: string; orderId: string },
  signal?: AbortSignal,
): Promise<void> {
  for (let isLeft = true; isLeft; ) {
    signal?.throwIfAborted()
    isLeft = await deps.database.asTenant(tenantId, (db) => takeBatch(deps, db, orderId))
  }
}

/** Whether something may be left. */
async function takeBatch(deps: ChangeDeps & { batch?: number }, db: TenantDb, orderId: string): Promise<boolean> {
  const order = await findOpenOrder(db, orderId)
  if (!order) return false // done, by whoever else had it in hand
  const most = deps.batch ?? BATCH
  const deliveries = await lockMatching(db, order, { after: order.after, most })
  const at = new Date(deps.now())
  await changeDeliveries(deps, db, { action: order.action, deliveries, at })
  const changed = order.changed + deliveries.length
  const isLeft = deliveries.length === most
  const after = deliveries.at(-1)?.id ?? order.after
  await moveOrderOn(db, orderId, { changed, after, finishedAt: isLeft ? null : at })
  if (!isLeft) await record(db, { ...order, changed }, at)
  return isLeft
}

/** One entry in the tenant's own log, however many they were. */
const record = (db: TenantDb, order: OpenOrder, at: Date): Promise<void> =>
  recordAudit(db, {
    action: order.action === 'replay' ? 'deliveries.replayed' : 'deliveries.discarded',
    actor: { kind: 'operator', id: order.operator },
    target: `order/${order.id}`,
    fields: ['state'],
    details: { count: order.changed, filter: describeFilter(order.filter), reason: order.reason },
    at: at.getTime(),
  })
