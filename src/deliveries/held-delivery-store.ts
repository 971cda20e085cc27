import type { Knex } from 'knex'
import type { SystemDb, TenantDb } from '../db/database.ts'
import type { DeliveryState } from '../webhooks/delivery-store.ts'
import { CHANGEABLE, type DeliveryAction, type DeliveryFilter, NEVER_REPLAYED } from './delivery-filter.ts'
import { literals, thatMatch } from './delivery-search-store.ts'

export type HeldDelivery = {
  id: string
  state: DeliveryState
  reason: string | null
  eventType: string
  replays: number
}

/** What one order is about: what there was at the moment at which its count was shown. */
export type Ordered = { action: DeliveryAction; filter: DeliveryFilter & { frozenAt: Date } }

const HELD = { id: 'id', state: 'state', reason: 'reason', eventType: 'event_type', replays: 'replays' } as const

/** Locks it until the transaction ends. */
export const findDeliveryForChange = (db: TenantDb, id: string): Promise<HeldDelivery | undefined> =>
  db.sql('deliveries').where({ tenant_id: db.tenantId, id }).forUpdate().first(HELD)

/** Locks the next ones that match, oldest first, from behind `after`. */
export async function lockMatching(
  db: TenantDb,
  ordered: Ordered,
  page: { after: string | null; most: number },
): Promise<HeldDelivery[]> {
  const query = db.sql('deliveries').where({ tenant_id: db.tenantId }).modify(thatAreOrdered, ordered)
  if (page.after) query.where('id', '>', page.after)
  return query.orderBy('id').limit(page.most).forUpdate().select(HELD)
}

/** How many match, by tenant, most first. */
export const countMatching = (db: SystemDb, ordered: Ordered): Promise<{ tenantId: string; count: number }[]> =>
  db
    .sql('deliveries')
    .modify(thatAreOrdered, ordered)
    .groupBy('tenant_id')
    .orderByRaw('count(*) desc, tenant_id')
    .select({ tenantId: 'tenant_id', count: db.sql.raw('count(*)::int') })

/** What was given up after that moment, as by what came of an earlier replay, is not meant. */
export function thatAreOrdered(query: Knex.QueryBuilder, { action, filter }: Ordered): void {
  thatMatch(query, filter)
  query.whereRaw(`state in (${literals(CHANGEABLE[action])})`)
  query.where('received_at', '<=', filter.frozenAt)
  query.where((either) => either.whereNull('finished_at').orWhere('finished_at', '<=', filter.frozenAt))
  if (action === 'replay') {
    query.where((either) => either.whereNull('reason').orWhereNotIn('reason', [...NEVER_REPLAYED]))
  }
}

/** They are worked on as if they had just come: with all their attempts, and runs of their own if they had been settled. */
export const putBack = (db: TenantDb, ids: string[]): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn('id', ids)
    .update({
      state: 'received',
      reason: null,
      attempts: 0,
      troubles: 0,
      due_at: null,
      finished_at: null,
      replays: db.sql.raw("replays + (state <> 'parked')::int"),
    })

/** The reason stays: it says why they were held. */
export const markDiscarded = (db: TenantDb, ids: string[], at: Date): Promise<number> =>
  db
    .sql('deliveries')
    .where({ tenant_id: db.tenantId })
    .whereIn('id', ids)
    .update({ state: 'discarded', finished_at: at })
