import type { SystemDb, TenantDb } from '../db/database.ts'
import type { DeliveryAction, DeliveryFilter } from './delivery-filter.ts'
import { type Ordered, thatAreOrdered } from './held-delivery-store.ts'

export type NewOrder = Ordered & { id: string; reason: string; operator: string; askedAt: Date }

/** One tenant's part of an order that is not finished. */
export type OpenOrder = NewOrder & { changed: number; after: string | null }

/** An order over all its tenants. */
export type OrderProgress = {
  id: string
  action: DeliveryAction
  filter: DeliveryFilter
  reason: string
  operator: string
  askedAt: Date
  tenants: number
  expected: number
  changed: number
  /** Tenants of which something is left. */
  open: number
  finishedAt: Date | null
}

/** Counts what matches, tenant by tenant, and files the order for each that has something. Throws where one is open. */
export async function insertOrder(db: SystemDb, order: NewOrder): Promise<{ tenantId: string; expected: number }[]> {
  const counted = db
    .sql('deliveries')
    .modify(thatAreOrdered, order)
    .groupBy('tenant_id')
    .select(
      'tenant_id',
      db.sql.raw('?::uuid, ?, ?::jsonb, ?, ?, ?::timestamptz, count(*)', [
        order.id,
        order.action,
        JSON.stringify(order.filter),
        order.reason,
        order.operator,
        order.askedAt,
      ]),
    )
  const columns = ['tenant_id', 'id', 'action', 'filter', 'reason', 'operator', 'asked_at', 'expected']
  const rows = await db
    .sql(db.sql.raw(`?? (${columns.map(() => '??').join(', ')})`, ['delivery_orders', ...columns]))
    .insert(counted)
    .returning(['tenant_id', 'expected'])
  return rows.map(({ tenant_id: tenantId, expected }) => ({ tenantId, expected }))
}

/** Locks the tenant's part until the transaction ends: whoever else carries it out goes on behind. */
export async function findOpenOrder(db: TenantDb, id: string): Promise<OpenOrder | undefined> {
  const row = await db
    .sql('delivery_orders')
    .where({ tenant_id: db.tenantId, id })
    .whereNull('finished_at')
    .forUpdate()
    .first('id', 'action', 'filter', 'reason', 'operator', 'changed', 'after', { askedAt: 'asked_at' })
  return row && { ...row, filter: readFilter(row.filter) }
}

export async function moveOrderOn(
  db: TenantDb,
  id: string,
  step: { changed: number; after: string | null; finishedAt: Date | null },
): Promise<void> {
  await db
    .sql('delivery_orders')
    .where({ tenant_id: db.tenantId, id })
    .update({ changed: step.changed, after: step.after, finished_at: step.finishedAt })
}

/** Whether there is an order of this id, whosever it is. */
export const hasOrder = async (db: SystemDb, id: string): Promise<boolean> =>
  (await db.sql('delivery_orders').where({ id }).first('id')) !== undefined

/** What became of them stands in the audit log. */
export const forgetOrders = (db: SystemDb, finishedBefore: Date): Promise<number> =>
  db.sql('delivery_orders').where('finished_at', '<', finishedBefore).delete()

/** Newest first; that of one id, where one is given. */
export async function listOrders(db: SystemDb, wanted: { id?: string; most: number }): Promise<OrderProgress[]> {
  const latest = db.sql('delivery_orders').distinct('id').orderBy('id', 'desc').limit(wanted.most)
  if (wanted.id) latest.where({ id: wanted.id })
  const rows = await db
    .sql('delivery_orders')
    .whereIn('id', latest)
    .groupBy('id', 'action', 'filter', 'reason', 'operator', 'asked_at')
    .orderBy('id', 'desc')
    .select('id', 'action', 'filter', 'reason', 'operator', {
      askedAt: 'asked_at',
      tenants: db.sql.raw('count(*)::int'),
      expected: db.sql.raw('sum(expected)::int'),
      changed: db.sql.raw('sum(changed)::int'),
      open: db.sql.raw('count(*) filter (where finished_at is null)::int'),
      finishedAt: db.sql.raw('case when bool_and(finished_at is not null) then max(finished_at) end'),
    })
  return rows.map((row) => ({ ...row, filter: readFilter(row.filter) }))
}

/** Who has something under way for one of the tenants that an order would concern. */
export const findOrderInTheWay = (
  db: SystemDb,
  ordered: Ordered,
): Promise<{ operator: string; askedAt: Date } | undefined> =>
  db
    .sql('delivery_orders')
    .whereNull('finished_at')
    .whereIn('tenant_id', db.sql('deliveries').modify(thatAreOrdered, ordered).distinct('tenant_id'))
    .orderBy('asked_at')
    .first({ operator: 'operator', askedAt: 'asked_at' })

type StoredFilter = Omit<DeliveryFilter, 'receivedFrom' | 'receivedTo'> & {
  receivedFrom?: string
  receivedTo?: string
  frozenAt: string
}

const readFilter = ({ receivedFrom, receivedTo, frozenAt, ...same }: StoredFilter): Ordered['filter'] => ({
  ...same,
  frozenAt: new Date(frozenAt),
  ...(receivedFrom && { receivedFrom: new Date(receivedFrom) }),
  ...(receivedTo && { receivedTo: new Date(receivedTo) }),
})
