/** What a connection's partner bears: the calls under way, the even schedule of the next ones, and rests. By the database's clock. */
export const up = `
create table partner_paces (
  tenant_id uuid not null,
  connection_id uuid not null,
  -- Until when each call under way counts, if nobody says before that it is over.
  busy timestamptz[] not null default '{}',
  -- This far the even schedule of calls has got.
  spread_until timestamptz not null default '-infinity',
  -- The partner asked us to wait, or has failed too often: nobody calls before.
  rest_until timestamptz not null default '-infinity',
  -- In a row.
  failures integer not null default 0 check (failures >= 0),
  primary key (tenant_id, connection_id)
) with (fillfactor = 50);
call guard_tenant_table('partner_paces', 'select, insert, update, delete');
`
