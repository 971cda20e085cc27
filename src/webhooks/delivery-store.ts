import type { SystemDb, TenantDb } from '../db/database.ts'
import { firstIdAt } from '../db/partitions.ts'

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
  eventType: string
  orderingKey: string
  receivedAt: Date
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

/** Inserts those whose id is new, in one statement, and returns their row ids. */
export async function insertDeliveries(db: SystemDb, deliveries: NewDelivery[]): Promise<Set<string>> {
  const column = (pick: (delivery: NewDelivery) => string | number | boolean | null) => deliveries.map(pick) as string[]
  const { rows } = await db.sql.raw<{ rows: { id: string }[] }>(INSERT, [
    column(({ tenantId }) => tenantId),
    column(({ id }) => id),
    column(({ source }) => source),
    column(({ deliveryId }) => deliveryId),
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
  ])
  return new Set(rows.map(({ id }) => id))
}

/** Bodies come as one value and are cut apart here: a Buffer travels as it is, an array of them as hexadecimal text. */
const INSERT = `
with given as (
  select *, sum(size) over (order by place rows between unbounded preceding and current row) - size as start
  from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::timestamptz[],
              ?::boolean[], ?::text[], ?::int[], ?::text[], ?::text[]) with ordinality
    as t(tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, sent_at, late, headers, size, state,
         reason, place)
), fresh as (
  insert into delivery_ids (tenant_id, source, delivery_id, id, received_at)
  select tenant_id, source, delivery_id, id, received_at from given
  order by tenant_id, source, delivery_id
  on conflict do nothing
  returning id
)
insert into deliveries
  (tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, sent_at, late, headers, body, state, reason,
   finished_at)
select tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, sent_at, late, headers::jsonb,
       substring(?::bytea from start::int + 1 for size), state, reason,
       case when state in ('received', 'parked') then null else received_at end
from given join fresh using (id)
returning id`

/** Takes up to `limit` parked deliveries, oldest first, back to be worked on; how many it were. */
export const unparkDeliveries = (db: TenantDb, limit: number): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn(
      'id',
      db
        .sql('deliveries')
        .where({ tenant_id: db.tenantId, state: 'parked' })
        .orderBy('id')
        .limit(limit)
        .select('id')
        .forUpdate(),
    )
    .update({ state: 'received', reason: null, due_at: null })

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
