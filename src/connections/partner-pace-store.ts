import type { ConnectorLimits } from '../connectors/connector.ts'
import type { SystemDb } from '../db/database.ts'
import type { Standing } from './connection-store.ts'

export type PaceKey = { tenantId: string; connectionId: string }

/** So many calls of one connection are waiting in a process. */
export type PartnerAsked = PaceKey & ConnectorLimits & { wanted: number }

export type PartnerVisited = PaceKey & {
  granted: number
  /** Until the next one can go; what is under way elsewhere may be over before that. */
  waitMs: number
  /** The partner is left alone: because it asked for it, or because it has failed too often. */
  isResting: boolean
  /** Of the connection at that moment; null where it is gone. */
  standing: Standing | null
}

/** How calls of one connection ended. `failures`: since the last answer; `askedMs`: for how long it wants to be left alone. */
export type PartnerEnded = PaceKey & { calls: number; failures: number; hasAnswered: boolean; askedMs: number }

/** A call whose process died counts as under way for so long: longer than any call takes. */
const BUSY_MS = 20_000
/** Nobody is told when a call of another process is over. */
const LOOK_AGAIN_MS = 100
/** Failures in a row before a partner is left alone; then one call at a time, until one is answered. */
export const PATIENCE = 5
const FIRST_REST_MS = 1000
const LONGEST_REST_MS = 5 * 60_000

/** Takes what several connections have free now, in one statement. Each stands there once. */
export async function takePartnerCalls(db: SystemDb, asked: readonly PartnerAsked[]): Promise<PartnerVisited[]> {
  const taken = await take(db, asked)
  if (taken.length === asked.length) return taken
  const known = new Set(taken.map(({ connectionId }) => connectionId))
  const others = asked.filter(({ connectionId }) => !known.has(connectionId))
  await db.sql.raw(
    `insert into partner_paces (tenant_id, connection_id)
     select * from unnest(:tenants::uuid[], :connections::uuid[]) on conflict do nothing`,
    keysOf(others),
  )
  return [...taken, ...(await take(db, others))]
}

async function take(db: SystemDb, asked: readonly PartnerAsked[]): Promise<PartnerVisited[]> {
  const { rows } = await db.sql.raw<{ rows: PartnerVisited[] }>(TAKE, {
    ...keysOf(asked),
    wanted: asked.map(({ wanted }) => wanted),
    rates: asked.map(({ requestsPerSecond }) => requestsPerSecond),
    most: asked.map(({ concurrency }) => concurrency),
  })
  return rows
}

const keysOf = (keys: readonly PaceKey[]) => ({
  tenants: keys.map(({ tenantId }) => tenantId),
  connections: keys.map(({ connectionId }) => connectionId),
})

/** As many may go at once as may be under way at once; on the whole they keep to the rate. */
const TAKE = `
with asked as (
  select * from unnest(:tenants::uuid[], :connections::uuid[], :wanted::int[], :rates::float8[], :most::int[])
    as asked (tenant_id, connection_id, wanted, rate, most)
), locked as (
  select p.*, wanted, rate, most from partner_paces as p join asked using (tenant_id, connection_id)
  order by p.tenant_id, p.connection_id -- so that two of these never wait for each other
  for update of p
), timed as materialized (
  select *, clock_timestamp() as now from locked
), counted as materialized (
  select timed.*, interval '1 s' / rate as spacing, interval '1 s' / rate * (most - 1) as lead,
    array(select one from unnest(busy) as one where one > now) as under_way,
    rest_until > now as is_resting
  from timed
), room as materialized (
  select *,
    case when is_resting then 0
      else case when failures >= ${PATIENCE} then 1 else most end - cardinality(under_way) end as free,
    case when spread_until > now + lead then 0
      else floor(extract(epoch from now + lead - greatest(spread_until, now)) / extract(epoch from spacing))::int + 1
      end as even
  from counted
), granted as materialized (
  select *, greatest(0, least(wanted, free, even)) as n from room
), changed as (
  update partner_paces as p
  set busy = under_way || array_fill(now + interval '${BUSY_MS} ms', array[n]),
    spread_until = greatest(p.spread_until, now) + n * spacing
  from granted
  where n > 0 and p.tenant_id = granted.tenant_id and p.connection_id = granted.connection_id
)
select tenant_id as "tenantId", connection_id as "connectionId", n as granted, is_resting as "isResting",
  1000 * extract(epoch from case when is_resting then rest_until
    when free <= n then now + interval '${LOOK_AGAIN_MS} ms'
    else greatest(spread_until, now) + n * spacing - lead end - now)::float8 as "waitMs",
  (select json_build_object('status', c.status, 'generation', c.generation) from connections as c
    where c.tenant_id = granted.tenant_id and c.id = granted.connection_id) as standing
from granted`

/**
 * Calls are over. An answer, whatever it says, ends a row of failures; a longer row means a longer rest, and so does a partner
 * that asks for one. The rest is up to a tenth longer than it must be, so that not all come back at once.
 */
export async function endPartnerCalls(db: SystemDb, ended: readonly PartnerEnded[]): Promise<void> {
  await db.sql.raw(
    `with ended as (
       select * from unnest(:tenants::uuid[], :connections::uuid[], :calls::int[], :failures::int[], :answered::boolean[],
         :asked::float8[]) as ended (tenant_id, connection_id, calls, failures, answered, asked_ms)
     ), locked as (
       select p.tenant_id, p.connection_id, p.busy, calls, asked_ms,
         case when answered then 0 else p.failures end + ended.failures as in_a_row, ended.failures > 0 as has_failed
       from partner_paces as p join ended using (tenant_id, connection_id)
       order by p.tenant_id, p.connection_id for update of p
     )
     update partner_paces as p set
       busy = locked.busy[calls + 1:],
       failures = least(in_a_row, 1000),
       rest_until = greatest(p.rest_until, clock_timestamp() + greatest(asked_ms,
         case when has_failed and in_a_row >= ${PATIENCE}
           then least(${LONGEST_REST_MS}, ${FIRST_REST_MS} * 2 ^ least(in_a_row - ${PATIENCE}, 20)) else 0 end)
         * (1 + random() / 10) * interval '1 ms')
     from locked where p.tenant_id = locked.tenant_id and p.connection_id = locked.connection_id`,
    {
      ...keysOf(ended),
      calls: ended.map(({ calls }) => calls),
      failures: ended.map(({ failures }) => failures),
      answered: ended.map(({ hasAnswered }) => hasAnswered),
      asked: ended.map(({ askedMs }) => askedMs),
    },
  )
}
