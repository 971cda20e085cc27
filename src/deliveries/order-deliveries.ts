import { recordAudits } from '../audit/audit-store.ts'
import type { SystemDb } from '../db/database.ts'
import { isDuplicate } from '../db/is-duplicate.ts'
import { AppError } from '../lib/errors.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import type { ChangeDeps } from './change-delivery.ts'
import { describeFilter, isTooWide } from './delivery-filter.ts'
import { countMatching, type Ordered } from './held-delivery-store.ts'
import { findOrderInTheWay, hasOrder, insertOrder, type NewOrder } from './order-store.ts'
import { readReason } from './read-reason.ts'

/** The id, a uuid v7, is made when the count is shown, so that the same order sent twice is one. */
export type Order = Omit<NewOrder, 'askedAt'>

export type OrderPreview = { count: number; tenants: { tenantId: string; count: number }[] }

/** What an order would change. */
export async function previewOrder(deps: Pick<ChangeDeps, 'database'>, ordered: Ordered): Promise<OrderPreview> {
  refuseTooWide(ordered)
  const tenants = await countMatching(deps.database.system, ordered)
  return { count: tenants.reduce((sum, { count }) => sum + count, 0), tenants }
}

/**
 * Files the order, and a job for each tenant that it concerns. Throws `conflict` when it was filed before, when somebody
 * else's is under way for one of the tenants, and when nothing is left to be done.
 */
export async function orderDeliveries(
  deps: ChangeDeps,
  order: Order,
): Promise<{ tenantId: string; expected: number }[]> {
  refuseTooWide(order)
  const reason = readReason(order.reason)
  const now = deps.now()
  if (order.filter.frozenAt.getTime() > now) throw new AppError('bad_request')
  try {
    return await deps.database.asSystem((db) => file(deps, db, { ...order, reason, askedAt: new Date(now) }))
  } catch (error) {
    if (isDuplicate(error)) throw new AppError('conflict', { detail: JUST_NOW })
    throw error
  }
}

async function file(
  deps: ChangeDeps,
  db: SystemDb,
  order: NewOrder,
): Promise<{ tenantId: string; expected: number }[]> {
  if (await hasOrder(db, order.id)) throw new AppError('conflict', { detail: ONCE })
  const other = await findOrderInTheWay(db, order)
  if (other) throw new AppError('conflict', { detail: inTheWay(other) })
  const parts = await insertOrder(db, order)
  if (parts.length === 0) throw new AppError('conflict', { detail: NOTHING_LEFT })
  await recordAudits(db, [
    {
      tenantId: NOBODY,
      action: 'deliveries.change_ordered',
      actor: { kind: 'operator', id: order.operator },
      target: `order/${order.id}`,
      details: {
        action: order.action,
        filter: describeFilter(order.filter),
        accounts: parts.length,
        count: parts.reduce((sum, { expected }) => sum + expected, 0),
        reason: order.reason,
      },
      at: order.askedAt.getTime(),
    },
  ])
  const jobs = parts.map(({ tenantId }) => ({ payload: { tenantId, orderId: order.id }, key: tenantId }))
  await deps.enqueueMany(db, 'carry-out-order', jobs)
  return parts
}

function refuseTooWide({ filter }: Ordered): void {
  if (isTooWide(filter)) throw new AppError('invalid_input', { detail: TOO_WIDE })
}

export const TOO_WIDE = 'There may be millions of these. Name an account, or a delivery.'
const ONCE = 'This was ordered already. It is done once, however often it is sent.'
const JUST_NOW =
  'Somebody has ordered something for the same accounts just now. Wait until that is done, then look again.'
const NOTHING_LEFT =
  'Nothing is left of this: it was put back, discarded or done already. Look again what is there now.'
const inTheWay = ({ operator, askedAt }: { operator: string; askedAt: Date }): string =>
  `What ${operator} ordered at ${askedAt.toISOString()} for some of these accounts is still under way. Wait until that is done, then look again.`
