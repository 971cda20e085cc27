import type { Knex } from 'knex'
import type { AnyDb, SystemDb, TenantDb } from '../db/database.ts'
import { isUuid } from '../lib/ids.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import type { DeliveryState } from '../webhooks/delivery-store.ts'
import { type DeliveryFilter, statesOf } from './delivery-filter.ts'

export type DeliverySummary = {
  tenantId: string
  id: string
  source: string
  eventType: string
  receivedAt: Date
  state: DeliveryState
  reason: string | null
  attempts: number
}

/** Where a page ended; the next one goes on behind it. */
export type DeliveryCursor = { id: string; tenantId: string }

const SUMMARY = {
  tenantId: 'tenant_id',
  id: 'id',
  source: 'source',
  eventType: 'event_type',
  receivedAt: 'received_at',
  state: 'state',
  reason: 'reason',
  attempts: 'attempts',
} as const

type Page = { before?: DeliveryCursor; limit: number }

/** Newest first, over all tenants that the filter allows. */
export async function listDeliveries(db: SystemDb, filter: DeliveryFilter, page: Page): Promise<DeliverySummary[]> {
  const { tenantIds, ...rest } = filter
  if (!tenantIds) return newestFirst(db.sql('deliveries').modify(thatMatch, rest), page).select(SUMMARY)
  // A page of each tenant's first: by key, where all of them at once would have to be read to be sorted.
  const ofTenant = newestFirst(db.sql('deliveries').modify(thatMatch, rest), page)
    .whereRaw('deliveries.tenant_id = t.tenant_id')
    .select(Object.values(SUMMARY))
  const ofEach = db.sql.raw('unnest(?::uuid[]) as t(tenant_id) cross join lateral ? as d', [tenantIds, ofTenant])
  return newestFirst(db.sql.from(ofEach), page, 'd.').select(
    Object.fromEntries(Object.entries(SUMMARY).map(([name, column]) => [name, `d.${column}`])),
  )
}

function newestFirst(query: Knex.QueryBuilder, { before, limit }: Page, of = ''): Knex.QueryBuilder {
  const [id, tenantId] = [`${of}id`, `${of}tenant_id`]
  if (before) query.whereRaw('(??, ??) < (?, ?)', [id, tenantId, before.id, before.tenantId])
  return query.limit(limit).orderBy([
    { column: id, order: 'desc' },
    { column: tenantId, order: 'desc' },
  ])
}

/** Narrows a query of deliveries. */
export function thatMatch(query: Knex.QueryBuilder, filter: DeliveryFilter): void {
  const states = statesOf(filter.state)
  if (states) query.whereRaw(`state in (${literals(states)})`)
  if (filter.state === 'retrying') query.whereNotNull('due_at').whereRaw('(troubles > 0 or attempts > 1)')
  if (filter.tenantIds) query.whereIn('tenant_id', filter.tenantIds)
  if (filter.source) query.where('source', filter.source)
  if (filter.eventType) query.where('event_type', filter.eventType)
  if (filter.reason) query.where('reason', filter.reason)
  if (filter.receivedFrom) query.where('received_at', '>=', filter.receivedFrom)
  if (filter.receivedTo) query.where('received_at', '<=', filter.receivedTo)
  if (filter.ids) query.whereIn('id', filter.ids)
}

/** Not bound: only of a state that stands in the statement can be seen that an index of few states will do. */
export const literals = (states: readonly DeliveryState[]): string => states.map((state) => `'${state}'`).join(', ')

/** Whose it is, and our id of it: one look by key for each tenant, since no index leads there without one. */
export async function findPlaces(db: SystemDb, deliveryId: string, sources: string[]): Promise<DeliveryCursor[]> {
  const { rows } = await db.sql.raw<{ rows: DeliveryCursor[] }>(
    `with tenant as (select tenant_id from installations union select :nobody::uuid)
     select d.tenant_id as "tenantId", d.id from tenant, lateral (
       select tenant_id, id from delivery_ids
       where tenant_id = tenant.tenant_id and source = any (:sources) and delivery_id = :deliveryId
       union select tenant_id, id from deliveries where tenant_id = tenant.tenant_id and id = :id) d`,
    { nobody: NOBODY, sources, deliveryId, id: isUuid(deliveryId) ? deliveryId : null },
  )
  return rows
}

/** So many of a state, by reason; counted up to a limit, so that a flood does not keep the page waiting. */
export type Held = { state: DeliveryState; reason: string | null; count: number; oldest: Date }

export async function countByReason(db: SystemDb, states: readonly DeliveryState[], most: number): Promise<Held[]> {
  const { rows } = await db.sql.raw<{ rows: Held[] }>(
    `select state, reason, count(*)::int as count, min(received_at) as oldest from (${someOf(states)}) part
     group by state, reason order by state, count desc, reason`,
    { most },
  )
  return rows
}

export async function countByTenant(
  db: SystemDb,
  states: readonly DeliveryState[],
  limits: { most: number; tenants: number },
): Promise<{ tenantId: string; count: number }[]> {
  const { rows } = await db.sql.raw<{ rows: { tenantId: string; count: number }[] }>(
    `select tenant_id as "tenantId", count(*)::int as count from (${someOf(states)}) part
     group by tenant_id order by count desc, tenant_id limit :tenants`,
    limits,
  )
  return rows
}

const someOf = (states: readonly DeliveryState[]): string =>
  `select tenant_id, state, reason, received_at from deliveries where state in (${literals(states)}) limit :most`

/** Every source and type there is among the recent ones is more than a page can ask for: those that are held. */
export async function listHeldKinds(db: AnyDb, most: number): Promise<{ sources: string[]; eventTypes: string[] }> {
  const { rows } = await db.sql.raw<{ rows: { source: string; event_type: string }[] }>(
    `select distinct source, event_type from
       (select source, event_type from deliveries where state in ('parked', 'dead') limit :most) part`,
    { most },
  )
  const sorted = (values: string[]): string[] => [...new Set(values)].sort()
  return { sources: sorted(rows.map((row) => row.source)), eventTypes: sorted(rows.map((row) => row.event_type)) }
}

export type StoredDelivery = DeliverySummary & {
  deliveryId: string
  orderingKey: string
  headers: Record<string, string>
  /** Sealed. */
  body: Buffer
  troubles: number
  replays: number
  dueAt: Date | null
  finishedAt: Date | null
  /** By the sender's clock, where it says so. */
  sentAt: Date | null
  /** It came much later than it was sent. */
  isLate: boolean
}

export async function findDelivery(db: TenantDb, id: string): Promise<StoredDelivery | undefined> {
  const row = await db.sql('deliveries').where({ tenant_id: db.tenantId, id }).first()
  return (
    row && {
      tenantId: row.tenant_id,
      id: row.id,
      source: row.source,
      deliveryId: row.delivery_id,
      eventType: row.event_type,
      orderingKey: row.ordering_key,
      receivedAt: row.received_at,
      headers: row.headers,
      body: row.body,
      state: row.state,
      reason: row.reason,
      attempts: row.attempts,
      troubles: row.troubles,
      replays: row.replays,
      dueAt: row.due_at,
      finishedAt: row.finished_at,
      sentAt: row.sent_at,
      isLate: row.late,
    }
  )
}
