/**
 * When each tenant's latest calls to the platform were sent, as many as its limit counts: the next one may follow when
 * the oldest of them is out of the interval. Shared by all processes, by the database's clock.
 */
export const up = `
create table call_permits (
  tenant_id uuid primary key,
  -- Oldest first.
  sent timestamptz[] not null,
  -- The platform's limit, as its answers say it: calls in one interval.
  most integer not null default 100 check (most > 0),
  interval_ms integer not null default 10000 check (interval_ms > 0),
  -- Set by a refusal: nobody calls before.
  held_until timestamptz,
  -- How many slots the last statement took.
  taken integer not null
) with (fillfactor = 50);
call guard_tenant_table('call_permits', 'select, insert, update, delete');
`
