import type { AnyDb, SystemDb } from '../db/database.ts'
import type { Priority } from '../highlevel/pace.ts'
import { VISIT } from './call-permit-visit.ts'
import { GUARD_MS } from './call-rules.ts'

/** How many calls of each class one process has waiting for a tenant. */
export type Asked = { tenantId: string; wanted: Record<Priority, number> }

/** What a tenant's row had for them. */
export type Visited = {
  tenantId: string
  granted: Record<Priority, number>
  /** Milliseconds until the next one of the class can be let through, unless others are faster. */
  waitMs: Record<Priority, number>
  /** Classes for which the day is over: until then nothing is let through. */
  stopped: Record<Priority, boolean>
  taken: Taken
}

/** Calls let through at one moment, as the log has them. */
export type Taken = {
  tenantId: string
  /** When that was: text, for the database counts finer than a Date. */
  slot: string
  most: number
  intervalMs: number
  /** How many calls the log holds for the interval that ends with these. */
  used: number
  /** Which day it counts for us, how much of it is used with these, and how long it goes on. */
  day: { number: number; most: number; used: number; leftMs: number }
}

/** Takes what is free now for several tenants, in one statement. Each tenant stands there once. */
export async function visitPermits(db: SystemDb, asked: readonly Asked[]): Promise<Visited[]> {
  const visited = await visit(db, asked)
  if (visited.length === asked.length) return visited
  const known = new Set(visited.map(({ tenantId }) => tenantId))
  const others = asked.filter(({ tenantId }) => !known.has(tenantId))
  await db.sql.raw(
    `insert into call_permits (tenant_id, sent) select unnest(:tenants::uuid[]), '{}' on conflict do nothing`,
    { tenants: others.map(({ tenantId }) => tenantId) },
  )
  return [...visited, ...(await visit(db, others))]
}

async function visit(db: SystemDb, asked: readonly Asked[]): Promise<Visited[]> {
  const of = (priority: Priority): number[] => asked.map(({ wanted }) => wanted[priority])
  const { rows } = await db.sql.raw<{ rows: Visited[] }>(VISIT, {
    tenants: asked.map(({ tenantId }) => tenantId),
    interactive: of('interactive'),
    live: of('live'),
    reconcile: of('reconcile'),
    backfill: of('backfill'),
  })
  return rows
}

/**
 * These calls took longer than the guard covers, to be sent or to be answered: the platform may have counted them as late
 * as now, so that their slots are free an interval from now.
 */
export async function moveSlots(db: SystemDb, slots: readonly Pick<Taken, 'tenantId' | 'slot'>[]): Promise<void> {
  await db.sql.raw(
    `with moved as (
       select tenant_id, array_agg(slot) as slots
       from unnest(:tenants::uuid[], :slots::timestamptz[]) as one (tenant_id, slot) group by tenant_id
     ), locked as (
       select p.tenant_id, p.sent, moved.slots
       from call_permits as p join moved using (tenant_id) order by p.tenant_id for update of p
     )
     update call_permits as p set sent = (
       select array_agg(one order by one) from (
         (select unnest(locked.sent) except all select unnest(locked.slots))
         union all select clock_timestamp() - ${GUARD_MS} * interval '1 ms' from unnest(locked.slots)
       ) as all_of_them (one))
     from locked where p.tenant_id = locked.tenant_id`,
    { tenants: slots.map(({ tenantId }) => tenantId), slots: slots.map(({ slot }) => slot) },
  )
}

/** What an answer said, read with reason. `holdMs`: nobody calls for so long; null where it was no refusal. */
export type Correction = {
  most: number | null
  intervalMs: number | null
  remaining: number | null
  holdMs: number | null
  day: { most: number | null; remaining: number | null; resetsInMs: number | null }
}

/**
 * Takes over what an answer said of the limit. Calls that we know nothing of are entered as ours; a refusal holds
 * everybody. When the interval turns out longer, what the log forgot may still count: a whole one passes first. What is
 * said of a day that we have closed since is passed over; when clearly less is used than we counted, a new one has begun.
 */
export async function correctLimit(db: AnyDb, taken: Taken, said: Correction): Promise<void> {
  await db.sql.raw(
    `update call_permits as p set
       most = said.most,
       interval_ms = said.interval_ms,
       held_until = greatest(p.held_until,
         clock_timestamp() + (:hold::float8 + ${GUARD_MS}) * interval '1 ms',
         case when said.interval_ms > p.interval_ms then clock_timestamp()
           + (said.interval_ms + ${GUARD_MS}) * interval '1 ms' end),
       sent = p.sent || array_fill(clock_timestamp(), array[greatest(0, said.most - said.remaining
         - (select count(*)::int from unnest(p.sent) as one
            where one > :slot::timestamptz - (said.interval_ms + ${GUARD_MS}) * interval '1 ms'))]),
       day_most = said.day_most,
       day = p.day + said.is_new_day::int,
       day_used = case when said.is_new_day then said.day_used + greatest(0, p.day_used - :dayUsed)
         when said.is_this_day then greatest(p.day_used, said.day_used) else p.day_used end,
       day_until = case when not said.is_this_day then p.day_until
         when :resetsIn::float8 is not null then clock_timestamp() + :resetsIn::float8 * interval '1 ms'
         when said.is_new_day then clock_timestamp() + interval '1 day' else p.day_until end
     from (
       select *, is_this_day and coalesce(day_used < :dayUsed::int - :slack::int, false) as is_new_day from (
         select coalesce(:most::int, most) as most, coalesce(:intervalMs::int, interval_ms) as interval_ms,
                coalesce(:remaining::int, :most::int, most) as remaining,
                coalesce(:dayMost::int, day_most) as day_most, day = :day::int as is_this_day,
                case when :dayRemaining::int is not null -- null, greatest would pass over
                  then greatest(0, coalesce(:dayMost::int, day_most) - :dayRemaining::int) end as day_used
         from call_permits where tenant_id = :tenant) as heard
     ) as said
     where p.tenant_id = :tenant`,
    {
      tenant: taken.tenantId,
      slot: taken.slot,
      most: said.most,
      intervalMs: said.intervalMs,
      remaining: said.remaining,
      hold: said.holdMs,
      day: taken.day.number,
      dayUsed: taken.day.used,
      dayMost: said.day.most,
      dayRemaining: said.day.remaining,
      resetsIn: said.day.resetsInMs,
      slack: daySlack(taken),
    },
  )
}

/** So far apart two counts of a day may be that mean the same: answers overtake each other, and some calls never arrive. */
export const daySlack = ({ most, day }: Taken): number => Math.max(most, Math.ceil(day.most / 100))
