import type { AnyDb, SystemDb, TenantDb } from '../db/database.ts'
import type { Statement } from '../db/pipeline.ts'
import { firstIdAt } from '../lib/ids.ts'

export type DeliveryState = 'received' | 'done' | 'ignored' | 'parked' | 'dead' | 'discarded'

/** What became of one, and why. */
export type DeliveryResult = { state: DeliveryState; reason: string | null }

export type NewDelivery = {
  tenantId: string
  id: string
  /** The platform, or a partner's key. */
  source: string
  /** The sender's id of it: the same one again is the same delivery. */
  deliveryId: string
  /** Of a partner's. A hint says no more than that a record is to be read: not stored while another one waits to say it. */
  hook?: { connectionId: string; isHint: boolean }
  eventType: string
  orderingKey: string
  receivedAt: Date
  /** When its sender says it sent it, where it says so. */
  sentAt: Date | null
  /** It came long after that. */
  late: boolean
  headers: Record<string, string>
  /** Sealed. */
  body: Buffer
  state: DeliveryState
  reason: string | null
}

/** One that is being worked on. */
export type Delivery = {
  tenantId: string
  id: string
  source: string
  /** The partner's connection; null for the platform. */
  connectionId: string | null
  eventType: string
  orderingKey: string
  receivedAt: Date
  /** Those that were kept; of a partner's only. */
  headers: Record<string, string>
  /** Sealed. */
  body: Buffer
  /** The one begun now among them. */
  attempts: number
  /** Attempts that ended in trouble which time may mend. */
  troubles: number
  /** How often it was begun anew after it had been settled. */
  replays: number
}

export const bodyPlace = (delivery: { tenantId: string; id: string }): string =>
  `deliveries.body/${delivery.tenantId}/${delivery.id}`

/** Inserts those whose id is new, in one statement that returns their row ids. */
export function insertingDeliveries(deliveries: readonly NewDelivery[]): Statement {
  const column = <Value>(pick: (delivery: NewDelivery) => Value): Value[] => deliveries.map(pick)
  return {
    text: INSERT,
    values: [
      column(({ tenantId }) => tenantId),
      column(({ id }) => id),
      column(({ source }) => source),
      column(({ deliveryId }) => deliveryId),
      column(({ hook }) => hook?.connectionId ?? null),
      column(({ eventType }) => eventType),
      column(({ orderingKey }) => orderingKey),
      column(({ receivedAt }) => receivedAt.toISOString()),
      column(({ sentAt }) => sentAt?.toISOString() ?? null),
      column(({ late }) => late),
      column(({ headers }) => JSON.stringify(headers)),
      column(({ body }) => body.length),
      column(({ state }) => state),
      column(({ reason }) => reason),
      Buffer.concat(deliveries.map(({ body }) => body)),
    ],
  }
}

/** The same in a transaction in hand; the ids of the rows that are new. */
export async function insertDeliveries(db: AnyDb, deliveries: readonly NewDelivery[]): Promise<Set<string>> {
  const { text, values } = insertingDeliveries(deliveries)
  const inKnexsForm = text.replace(/\$\d+/g, '?') // each stands there once, in order
  const { rows } = await db.sql.raw<{ rows: { id: string }[] }>(inKnexsForm, values as string[])
  return new Set(rows.map(({ id }) => id))
}

/** Bodies come as one value and are cut apart here: a Buffer travels as it is, an array of them as hexadecimal text. */
const INSERT = `
with given as (
  select *, sum(size) over (order by place rows between unbounded preceding and current row) - size as start
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
              $9::timestamptz[], $10::boolean[], $11::text[], $12::int[], $13::text[], $14::text[]) with ordinality
    as t(tenant_id, id, source, delivery_id, connection_id, event_type, ordering_key, received_at, sent_at, late, headers,
         size, state, reason, place)
), fresh as (
  insert into delivery_ids (tenant_id, source, delivery_id, id, received_at)
  select tenant_id, source, delivery_id, id, received_at from given
  order by tenant_id, source, delivery_id
  on conflict do nothing
  returning id
)
insert into deliveries
  (tenant_id, id, source, delivery_id, connection_id, event_type, ordering_key, received_at, sent_at, late, headers, body,
   state, reason, finished_at)
select tenant_id, id, source, delivery_id, connection_id, event_type, ordering_key, received_at, sent_at, late,
       headers::jsonb, substring($15::bytea from start::int + 1 for size), state, reason,
       case when state in ('received', 'parked') then null else received_at end
from given join fresh using (id)
returning id`

/** A tenant's oldest deliveries in a state, up to so many, held until the transaction ends. */
const oldest = (db: TenantDb, state: DeliveryState, most: number) =>
  db.sql('deliveries').where({ tenant_id: db.tenantId, state }).orderBy('id').limit(most).forUpdate().select('id')

/** Takes up to `limit` parked deliveries, oldest first, back to be worked on; how many it were. */
export const unparkDeliveries = (db: TenantDb, limit: number): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn('id', oldest(db, 'parked', limit))
    .update({ state: 'received', reason: null, due_at: null })

/** What waits is not done any more; what came up to a moment, if one is given. Up to `most`; how many it were. */
export const ignoreParked = (
  db: TenantDb,
  { receivedUpTo: upTo, reason, at, most }: { receivedUpTo: Date | null; reason: string; at: Date; most: number },
): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'id',
      oldest(db, 'parked', most).whereRaw('(:upTo::timestamptz is null or received_at <= :upTo)', { upTo }),
    )
    .update({ state: 'ignored', reason, finished_at: at })

/** Those first seen before then, in batches of one statement each: a long one would keep the intake's locks waiting. */
export async function forgetDeliveryIds(db: SystemDb, before: Date): Promise<void> {
  for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; ) {
    const { rowCount } = await db.sql.raw<{ rowCount: number }>(
      `delete from delivery_ids where ctid = any(array(
         select ctid from delivery_ids where received_at < :before limit ${FORGOTTEN_AT_ONCE}))`,
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
    .whereIn('id', oldest(db, 'dead', most).where('id', '<', firstIdAt(before)))
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

/** How much later than they were sent, in milliseconds, the newest of the platform's deliveries came; null when it is too few. */
export async function findMedianLag(db: SystemDb, since: Date): Promise<number | null> {
  const { rows } = await db.sql.raw<{ rows: { lag: number | null }[] }>(
    `select case when count(*) >= :fewest then
       1000 * percentile_cont(0.5) within group (order by extract(epoch from received_at - sent_at)) end::float8 as lag
     from (select received_at, sent_at from deliveries
           where id > :first and source = 'highlevel' and sent_at is not null
           order by id desc limit :most) as newest`,
    { first: firstIdAt(since.getTime()), fewest: FEWEST_TIMES, most: MOST_TIMES },
  )
  return rows[0]?.lag ?? null
}

const FEWEST_TIMES = 10
const MOST_TIMES = 50

/** What came under a name that no document knows, by that name: of the newest `most`. */
export async function countUnknownTypes(db: SystemDb, most: number): Promise<{ type: string; count: number }[]> {
  const { rows } = await db.sql.raw<{ rows: { type: string; count: number }[] }>(
    `select event_type as type, count(*)::int as count
     from (select event_type from deliveries where state = 'ignored' and reason = 'unknown_type'
           order by id desc limit :most) as newest
     group by event_type order by event_type`,
    { most },
  )
  return rows
}
