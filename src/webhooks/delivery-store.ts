import type { SystemDb, TenantDb } from '../db/database.ts'
import { firstIdAt } from '../db/partitions.ts'

export type DeliveryState = 'received' | 'done' | 'ignored' | 'parked' | 'dead'

/** What became of one, and why. */
export type DeliveryResult = { state: DeliveryState; reason: string | null }

export type NewDelivery = {
  tenantId: string
  id: string
  /** Who sent it: `highlevel`, or a partner. */
  source: string
  /** The sender's id of it: the same one again is the same delivery. */
  deliveryId: string
  eventType: string
  orderingKey: string
  receivedAt: Date
  headers: Record<string, string>
  /** Sealed. */
  body: Buffer
  state: DeliveryState
  reason: string | null
}

export type Delivery = {
  id: string
  eventType: string
  orderingKey: string
  receivedAt: Date
  body: Buffer
  state: DeliveryState
  /** The one begun now among them. */
  attempts: number
  /** Attempts that ended in trouble which time may mend. */
  troubles: number
}

export const bodyPlace = (delivery: { tenantId: string; id: string }): string =>
  `deliveries.body/${delivery.tenantId}/${delivery.id}`

/** Inserts those whose id is new, in one statement, and returns their row ids. */
export async function insertDeliveries(db: SystemDb, deliveries: NewDelivery[]): Promise<Set<string>> {
  const { rows } = await db.sql.raw<{ rows: { id: string }[] }>(INSERT, {
    tenants: deliveries.map(({ tenantId }) => tenantId),
    ids: deliveries.map(({ id }) => id),
    sources: deliveries.map(({ source }) => source),
    deliveryIds: deliveries.map(({ deliveryId }) => deliveryId),
    types: deliveries.map(({ eventType }) => eventType),
    keys: deliveries.map(({ orderingKey }) => orderingKey),
    times: deliveries.map(({ receivedAt }) => receivedAt.toISOString()),
    headers: deliveries.map(({ headers }) => JSON.stringify(headers)),
    bodies: deliveries.map(({ body }) => body.toString('hex')),
    states: deliveries.map(({ state }) => state),
    reasons: deliveries.map(({ reason }) => reason),
  })
  return new Set(rows.map(({ id }) => id))
}

const INSERT = `
with given as (
  select * from unnest(:tenants::uuid[], :ids::uuid[], :sources::text[], :deliveryIds::text[], :types::text[],
                       :keys::text[], :times::timestamptz[], :headers::text[], :bodies::text[], :states::text[],
                       :reasons::text[])
    as t(tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, headers, body, state, reason)
), fresh as (
  insert into delivery_ids (tenant_id, source, delivery_id, id, received_at)
  select tenant_id, source, delivery_id, id, received_at from given
  order by tenant_id, source, delivery_id
  on conflict do nothing
  returning id
)
insert into deliveries
  (tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, headers, body, state, reason, finished_at)
select tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, headers::jsonb, decode(body, 'hex'),
       state, reason, case when state in ('received', 'parked') then null else received_at end
from given join fresh using (id)
returning id`

/**
 * Counts the attempt before the work begins, so that a delivery that kills its worker is noticed. In a transaction of its
 * own: whatever goes wrong afterwards, the attempt stays counted.
 */
export async function beginDelivery(db: TenantDb, id: string): Promise<Delivery | undefined> {
  const [row] = await db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId, id, state: 'received' })
    .update({ attempts: db.sql.raw('attempts + 1') })
    .returning(['id', 'event_type', 'ordering_key', 'received_at', 'body', 'state', 'attempts', 'troubles'])
  if (!row) return undefined
  const { event_type: eventType, ordering_key: orderingKey, received_at: receivedAt, ...same } = row
  return { ...same, eventType, orderingKey, receivedAt }
}

/** It will be tried again. */
export const noteTrouble = (db: TenantDb, id: string): Promise<number> =>
  db.sql('deliveries').where({ tenant_id: db.tenantId, id }).increment('troubles')

/** What was settled before stays as it is: a worker that was thought dead may come late. */
export async function finishDelivery(
  db: TenantDb,
  id: string,
  result: { state: DeliveryState; reason: string | null; at: number },
): Promise<void> {
  await db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId, id, state: 'received' })
    .update({
      state: result.state,
      reason: result.reason,
      finished_at: result.state === 'parked' ? null : new Date(result.at),
    })
}

/** Takes up to `limit` parked deliveries, oldest first, back to be worked on. */
export async function unparkDeliveries(db: TenantDb, limit: number): Promise<{ id: string; orderingKey: string }[]> {
  const parked = db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId, state: 'parked' })
    .orderBy('id')
    .limit(limit)
    .select('id')
    .forUpdate()
  const rows = await db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn('id', parked)
    .update({ state: 'received', reason: null })
    .returning(['id', 'ordering_key'])
  return rows
    .map((row) => ({ id: row.id, orderingKey: row.ordering_key }))
    .sort((left, right) => (left.id < right.id ? -1 : 1))
}

/** What waits is not done any more; what came up to a moment, if one is given. Up to `most`; how many it were. */
export const ignoreParked = (
  db: TenantDb,
  ignoring: { receivedUpTo: Date | null; reason: string; at: Date; most: number },
): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'id',
      db
        .sql('deliveries')
        .where({ tenant_id: db.tenantId, state: 'parked' })
        .whereRaw('(:upTo::timestamptz is null or received_at <= :upTo)', { upTo: ignoring.receivedUpTo })
        .orderBy('id')
        .limit(ignoring.most)
        .forUpdate()
        .select('id'),
    )
    .update({ state: 'ignored', reason: ignoring.reason, finished_at: ignoring.at })

/** Those first seen before then, in batches of one statement each: a long one would keep the intake's locks waiting. */
export async function forgetDeliveryIds(db: SystemDb, before: Date): Promise<void> {
  for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; ) {
    const { rowCount } = await db.sql.raw<{ rowCount: number }>(
      `delete from delivery_ids where ctid = any(array(
         select ctid from delivery_ids where received_at < :before
         order by received_at limit ${FORGOTTEN_AT_ONCE}))`,
      { before },
    )
    forgotten = rowCount
  }
}

const FORGOTTEN_AT_ONCE = 5000

/** Tenants with deliveries that were given up, of before that time. */
export const listTenantsWithDead = (db: SystemDb, before: number): Promise<string[]> =>
  db
    .sql('deliveries')
    .where({ state: 'dead' })
    .where('id', '<', firstIdAt(before))
    .distinct('tenant_id')
    .pluck('tenant_id')

/** Up to `most`; how many it were. */
export const deleteDeadDeliveries = (
  db: TenantDb,
  { before, most }: { before: number; most: number },
): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'id',
      db
        .sql('deliveries')
        .where({ tenant_id: db.tenantId, state: 'dead' })
        .where('id', '<', firstIdAt(before))
        .orderBy('id')
        .limit(most)
        .forUpdate()
        .select('id'),
    )
    .delete()

/** Deliveries that wait for somebody, or were given up, by reason. */
export async function countHeldDeliveries(
  db: SystemDb,
): Promise<{ state: 'parked' | 'dead'; reason: string; count: number }[]> {
  return db
    .sql('deliveries')
    .whereIn('state', ['parked', 'dead'])
    .groupBy('state', 'reason')
    .orderBy(['state', 'reason'])
    .select('state', db.sql.raw("coalesce(reason, 'unknown') as reason"), db.sql.raw('count(*)::int as count'))
}
