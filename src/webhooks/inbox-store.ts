import type { AnyDb, SystemDb } from '../db/database.ts'
import type { Statement } from '../db/pipeline.ts'
import type { DeliveryState } from './delivery-store.ts'

/** A delivery that is to be worked on. */
export type Waiting = {
  tenantId: string
  id: string
  orderingKey: string
  attempts: number
  troubles: number
  /** How often it was begun anew after it had been settled. */
  replays: number
}

/** Until the transaction ends, no turn of these tenants looks at what is there. In the order given. */
export const holdTurnsBack = (db: AnyDb, tenantIds: string[]): Promise<void> =>
  db.sql.raw(`select pg_advisory_xact_lock_shared(${LOCK}) from unnest(:tenantIds::text[]) as t(tenant_id)`, {
    tenantIds,
  })

/** The same as a statement of a pipeline; before the one that wakes. */
export const holdingTurnsBack = (tenantIds: string[]): Statement => ({
  text: `select pg_advisory_xact_lock_shared(${LOCK}) from unnest($1::text[]) as t(tenant_id)`,
  values: [tenantIds],
})

/** Waits for the transactions that hold these tenants' turns back. */
const awaitIntake = (db: SystemDb, tenantIds: string[]): Promise<void> =>
  db.sql.raw(`select pg_advisory_xact_lock(${LOCK}) from unnest(:tenantIds::text[]) as t(tenant_id)`, { tenantIds })

const LOCK = `hashtextextended('causeway inbox ' || t.tenant_id, 0)`

/**
 * The next deliveries of each tenant, in the order in which they came, but those whose ordering key is being worked on or
 * waits for a later attempt. Sees all that was stored before a wake-up of the tenant was taken, or could have been.
 */
export async function listNext(db: SystemDb, tenantIds: string[], most: number): Promise<Map<string, Waiting[]>> {
  const tenants = [...new Set(tenantIds)].sort()
  await awaitIntake(db, tenants)
  const { rows } = await db.sql.raw<{ rows: NextRow[] }>(NEXT, { tenants, most })
  return Map.groupBy(rows.map(toWaiting), ({ tenantId }) => tenantId)
}

type NextRow = Omit<Waiting, 'tenantId' | 'orderingKey'> & { tenant_id: string; ordering_key: string }

const toWaiting = ({ tenant_id: tenantId, ordering_key: orderingKey, ...same }: NextRow): Waiting => ({
  tenantId,
  orderingKey,
  ...same,
})

const NEXT = `
select next.* from unnest(:tenants::uuid[]) as t(tenant_id) cross join lateral (
  select d.tenant_id, d.id, d.ordering_key, d.attempts, d.troubles, d.replays
  from deliveries d
  where d.tenant_id = t.tenant_id and d.state = 'received' and not exists (
    select 1 from deliveries later
    where later.tenant_id = d.tenant_id and later.ordering_key = d.ordering_key
      and later.state = 'received' and later.due_at > now()
  )
  order by d.id
  limit :most
) next`

/** What becomes of a delivery: everything that changes, whole. */
export type Progress = {
  tenantId: string
  id: string
  /** How often it had been begun when whoever writes this looked: otherwise somebody else works on it now. */
  seen: number
  replays: number
  attempts: number
  troubles: number
  state: DeliveryState
  reason: string | null
  /** From now, in milliseconds: nobody else begins it, or another one of its key, before that. */
  notWithinMs: number | null
  finishedAt: Date | null
}

/** As it was stored, for whoever begins to work on it. */
export type Begun = {
  id: string
  source: string
  connection_id: string | null
  event_type: string
  received_at: Date
  headers: Record<string, string>
  body: Buffer
}

/**
 * Writes the progress of many deliveries in one statement and returns those of which it was written. What was settled
 * before stays as it is.
 */
export async function noteProgress(db: SystemDb, progress: readonly Progress[]): Promise<Map<string, Begun>> {
  const ids = progress.map(({ id }) => id).sort()
  const { rows } = await db.sql.raw<{ rows: Begun[] }>(NOTE, {
    tenants: progress.map(({ tenantId }) => tenantId),
    ids: progress.map(({ id }) => id),
    seen: progress.map(({ seen }) => seen),
    replays: progress.map(({ replays }) => replays),
    attempts: progress.map(({ attempts }) => attempts),
    troubles: progress.map(({ troubles }) => troubles),
    states: progress.map(({ state }) => state),
    reasons: progress.map(({ reason }) => reason),
    waits: progress.map(({ notWithinMs }) => notWithinMs),
    finished: progress.map(({ finishedAt }) => finishedAt?.toISOString() ?? null),
    first: ids[0] ?? null,
    last: ids.at(-1) ?? null,
  })
  return new Map(rows.map((row) => [row.id, row]))
}

/** The bounds of the ids say which partitions need not be looked at. Waits go by the clock of the database: hosts differ. */
const NOTE = `
update deliveries d
set attempts = p.attempts, troubles = p.troubles, state = p.state, reason = p.reason,
    due_at = now() + p.wait * interval '1 millisecond', finished_at = p.finished_at
from unnest(:tenants::uuid[], :ids::uuid[], :seen::int[], :replays::int[], :attempts::int[], :troubles::int[],
            :states::text[], :reasons::text[], :waits::float8[], :finished::timestamptz[])
  as p(tenant_id, id, seen, replays, attempts, troubles, state, reason, wait, finished_at)
where d.tenant_id = p.tenant_id and d.id = p.id and d.id between :first and :last
  and d.state = 'received' and d.attempts = p.seen and d.replays = p.replays
returning d.id, d.source, d.connection_id, d.event_type, d.received_at,
          case when d.connection_id is null then '{}' else d.headers end as headers,
          case when d.state = 'received' then d.body end as body`

/** Tenants with deliveries whose time has come: for another attempt, or because whoever had begun them is gone. */
export async function listDueTenants(db: SystemDb): Promise<string[]> {
  const due = db.sql('deliveries').where({ state: 'received' }).whereRaw('due_at <= now()')
  return due.distinct('tenant_id').pluck('tenant_id')
}

/** Tenants with deliveries that came before a time and that nobody has begun. */
export const listWaitingTenants = (db: SystemDb, receivedBefore: Date): Promise<string[]> =>
  db
    .sql('deliveries')
    .where({ state: 'received', due_at: null })
    .where('received_at', '<', receivedBefore)
    .distinct('tenant_id')
    .pluck('tenant_id')
