import { CLAIM_MS, DAY_SHARES, GUARD_MS, LEAD_MS, SPARED } from './call-rules.ts'

/**
 * One look at the rows of several tenants, which takes what is free. Time is read when a row is locked; what each step adds
 * to a row stands in one part of its own. Materialized, for otherwise each part is written into the next one, several times.
 */
export const VISIT = `
with asked as (
  select * from unnest(:tenants::uuid[], :interactive::int[], :live::int[], :reconcile::int[], :backfill::int[])
    as asked (tenant_id, interactive, live, reconcile, backfill)
), locked as (
  select p.*, asked.interactive, asked.live, asked.reconcile, asked.backfill
  from call_permits as p join asked using (tenant_id)
  order by p.tenant_id -- so that two of these never wait for each other
  for update of p
), timed as materialized (
  select *, clock_timestamp() as now, (interval_ms + ${GUARD_MS}) * interval '1 ms' as span from locked
), counted as materialized (
  select timed.*,
    array(select one from unnest(sent) as one where one > now - span order by one) as log,
    span / most as spacing,
    now >= day_until as is_new_day,
    case when now >= day_until then 0 else day_used end as used_today,
    case when most < ${SPARED.fewest} or spread_at > now - interval '1 s' then 0 -- slots become free evenly
      else greatest(1, most / case when interactive_at > now - interval '${SPARED.aboutFor}' then ${SPARED.whileAbout}
        else ${SPARED.always} end) end as spared
  from timed
), room as materialized (
  select counted.*,
    case when held_until > now then 0 else greatest(0, most - cardinality(log)) end as free,
    case when spread_until > now + interval '${LEAD_MS} ms' then 0
      else floor(extract(epoch from now + interval '${LEAD_MS} ms' - greatest(spread_until, now))
        / extract(epoch from spacing))::int + 1 end as even,
    (day_most * ${DAY_SHARES.all}::bigint / 100)::int - used_today as day_left,
    (day_most * ${DAY_SHARES.bulk}::bigint / 100)::int - used_today as bulk_left,
    claims[1] > now and interactive = 0 as is_claimed_1,
    claims[2] > now and live = 0 as is_claimed_2,
    claims[3] > now and reconcile = 0 as is_claimed_3
  from counted
), first as materialized (
  select *, greatest(0, least(interactive, free, day_left)) as n1 from room
), second as materialized (
  select *, case when is_claimed_1 then 0
    else greatest(0, least(live, free - n1 - spared, day_left - n1)) end as n2
  from first
), third as materialized (
  select *, case when is_claimed_1 or is_claimed_2 or n2 < live then 0
    else greatest(0, least(reconcile, even, free - n1 - n2, bulk_left - n1 - n2)) end as n3
  from second
), fourth as materialized (
  select *, case when is_claimed_1 or is_claimed_2 or is_claimed_3 or n2 < live or n3 < reconcile then 0
    else greatest(0, least(backfill, even - n3, free - n1 - n2 - n3, bulk_left - n1 - n2 - n3)) end as n4
  from third
), granted as materialized (
  select *, n1 + n2 + n3 + n4 as n, log || array_fill(now, array[n1 + n2 + n3 + n4]) as new_log,
    least(now + span, greatest(spread_until, now) + (n1 + n2 + n3 + n4) * spacing) as new_spread, -- the urgent count, and do not wait
    day_left - n1 - n2 - n3 - n4 <= 0 as is_over,
    bulk_left - n1 - n2 - n3 - n4 <= 0 as is_bulk_over,
    case when is_new_day then now + interval '1 day' else day_until end as new_day_until
  from fourth
), due as materialized (
  select *,
    greatest(held_until, now, new_log[cardinality(new_log) - most + 1] + span) as slot_at,
    greatest(held_until, now,
      new_log[cardinality(new_log) - (most - spared) + 1] + span) as live_slot_at,
    greatest(now, new_spread - interval '${LEAD_MS} ms') as even_at,
    case when is_claimed_1 then claims[1] else now end as claimed_1,
    case when is_claimed_2 then claims[2] else now end as claimed_2,
    case when is_claimed_3 then claims[3] else now end as claimed_3
  from granted
), waits as materialized (
  select *,
    case when is_over then new_day_until else slot_at end as at_1,
    case when is_over then new_day_until else greatest(live_slot_at, claimed_1) end as at_2,
    case when is_bulk_over then new_day_until
      else greatest(slot_at, even_at, claimed_1, claimed_2, case when n2 < live then live_slot_at end) end as at_3,
    case when is_bulk_over then new_day_until
      else greatest(slot_at, even_at, claimed_1, claimed_2, claimed_3, case when n2 < live then live_slot_at end) end as at_4
  from due
), decided as materialized (
  select *, array[
    case when interactive = 0 then claims[1] when n1 < interactive and not is_over
      then at_1 + interval '${CLAIM_MS} ms' else '-infinity' end,
    case when live = 0 then claims[2] when n2 < live and not is_over
      then at_2 + interval '${CLAIM_MS} ms' else '-infinity' end,
    case when reconcile = 0 then claims[3] when n3 < reconcile and not is_bulk_over
      then at_3 + interval '${CLAIM_MS} ms' else '-infinity' end] as new_claims
  from waits
), changed as (
  update call_permits as p set
    sent = new_log, spread_until = new_spread, claims = new_claims,
    spread_at = case when n3 + n4 > 0 then now else p.spread_at end,
    interactive_at = case when interactive > 0 then now else p.interactive_at end,
    day = p.day + is_new_day::int, day_used = used_today + n, day_until = new_day_until
  from decided
  where p.tenant_id = decided.tenant_id and (n > 0 or new_claims <> p.claims)
)
select tenant_id as "tenantId",
  json_build_object('interactive', n1, 'live', n2, 'reconcile', n3, 'backfill', n4) as granted,
  json_build_object('interactive', ms(at_1), 'live', ms(at_2), 'reconcile', ms(at_3), 'backfill', ms(at_4)) as "waitMs",
  json_build_object('interactive', is_over, 'live', is_over, 'reconcile', is_bulk_over, 'backfill', is_bulk_over) as stopped,
  json_build_object('tenantId', tenant_id, 'slot', now::text, 'most', most, 'intervalMs', interval_ms,
    'used', cardinality(new_log), 'day', json_build_object('number', day + is_new_day::int, 'most', day_most,
      'used', used_today + n, 'leftMs', ms(new_day_until))) as taken
from decided`
  // Milliseconds from now.
  .replaceAll(/\bms\(([a-z_0-9]+)\)/g, '1000 * extract(epoch from $1 - now)::float8')
