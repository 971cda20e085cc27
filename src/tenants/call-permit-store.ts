import type { TenantDb } from '../db/database.ts'
import type { LimitReport } from '../highlevel/pace.ts'

/** Calls let through at one moment, as the log has them. */
export type Taken = {
  /** When that was: text, for the database counts finer than a Date. */
  slot: string
  count: number
  most: number
  intervalMs: number
  /** How many calls the log holds for the interval that ends with these. */
  used: number
}

/**
 * What may lie between our log and the platform's: a slot is used again when the interval and this have passed. Measured:
 * with 250 ms of jitter nothing is refused, and 97.6 % of the limit can be used.
 */
export const GUARD_MS = 250

/** As the column's default says. */
const USUAL_MOST = 100

/** How many calls of an interval may have been sent before this one: what is done in the background leaves half to others. */
const ROOM = '(case when :background then greatest(1, p.most / 2) else p.most end)'

const FREE_AT = `coalesce(greatest(p.held_until,
  p.sent[cardinality(p.sent) - ${ROOM} + 1] + (p.interval_ms + ${GUARD_MS}) * interval '1 ms'), '-infinity')`

/** Takes as many slots as are free now, up to those wanted, in one statement; undefined when there is none. */
export async function takeSlots(db: TenantDb, wanted: number, background = false): Promise<Taken | undefined> {
  const { rows } = await db.sql.raw(
    `insert into call_permits as p (tenant_id, sent, taken)
     select :tenant, array_fill(clock_timestamp(), array[n]), n from (
       select least(:wanted::int, case when :background then ${USUAL_MOST} / 2 else ${USUAL_MOST} end) as n) as first
     on conflict (tenant_id) do update
       set (sent, taken) = (
         select (p.sent || array_fill(clock_timestamp(), array[n]))[greatest(1, cardinality(p.sent) + n - p.most + 1):], n
         from (
           select least(:wanted, ${ROOM} - count(*)::int) as n from unnest(p.sent) as one
           where one > clock_timestamp() - (p.interval_ms + ${GUARD_MS}) * interval '1 ms'
         ) as free)
       where ${FREE_AT} <= clock_timestamp()
     returning p.sent[cardinality(p.sent)]::text as slot, p.taken as count, p.most, p.interval_ms as "intervalMs",
       (select count(*)::int from unnest(p.sent) as one
        where one > p.sent[cardinality(p.sent)] - (p.interval_ms + ${GUARD_MS}) * interval '1 ms') as used`,
    { tenant: db.tenantId, wanted, background },
  )
  return rows[0]
}

/** Milliseconds until a slot is free, unless someone else is faster. */
export async function timeToFreeSlot(db: TenantDb, background = false): Promise<number> {
  const { rows } = await db.sql.raw(
    `select greatest(0, 1000 * extract(epoch from ${FREE_AT} - clock_timestamp()))::float8 as "waitMs"
     from call_permits as p where p.tenant_id = :tenant`,
    { tenant: db.tenantId, background },
  )
  return rows[0]?.waitMs ?? 0
}

/**
 * The call took longer than the guard covers, to be sent or to be answered: the platform may have counted it as late as
 * now, so its slot is free an interval from now.
 */
export async function moveSlot(db: TenantDb, { slot }: Taken): Promise<void> {
  await db.sql.raw(
    // One of them: two processes may have been let through in the same microsecond.
    `update call_permits as p set sent = (
       select array_agg(one order by one)
       from unnest(
         p.sent[:coalesce(array_position(p.sent, :slot::timestamptz) - 1, cardinality(p.sent))]
         || p.sent[coalesce(array_position(p.sent, :slot::timestamptz), cardinality(p.sent)) + 1:]
         || (clock_timestamp() - ${GUARD_MS} * interval '1 ms')) as one)
     where tenant_id = :tenant`,
    { tenant: db.tenantId, slot },
  )
}

/**
 * Takes over what an answer said of the limit. Calls that we know nothing of are entered as ours; a refusal holds
 * everybody. When the interval turns out longer, what the log forgot may still count: a whole one passes first.
 */
export async function correctLimit(db: TenantDb, { slot }: Taken, said: LimitReport): Promise<void> {
  await db.sql.raw(
    `update call_permits as p set
       most = said.most,
       interval_ms = said.interval_ms,
       held_until = greatest(p.held_until,
         case when :isRefused then clock_timestamp()
           + (coalesce(:retryAfter::float8, said.interval_ms) + ${GUARD_MS}) * interval '1 ms' end,
         case when said.interval_ms > p.interval_ms then clock_timestamp()
           + (said.interval_ms + ${GUARD_MS}) * interval '1 ms' end),
       sent = p.sent || array_fill(clock_timestamp(), array[greatest(0, said.most - said.remaining
         - (select count(*)::int from unnest(p.sent) as one
            where one > :slot::timestamptz - (said.interval_ms + ${GUARD_MS}) * interval '1 ms'))])
     from (
       select coalesce(:most::int, most) as most, coalesce(:intervalMs::int, interval_ms) as interval_ms,
              coalesce(:remaining::int, :most::int, most) as remaining
       from call_permits where tenant_id = :tenant
     ) as said
     where p.tenant_id = :tenant`,
    {
      tenant: db.tenantId,
      slot,
      most: said.most,
      intervalMs: said.intervalMs,
      remaining: said.remaining,
      isRefused: said.refused !== null,
      retryAfter: said.refused?.retryAfterMs ?? null,
    },
  )
}
