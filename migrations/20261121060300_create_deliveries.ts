/**
 * Deliveries as they came, sealed. Partitioned by day through their time-ordered id; delivery_ids keeps ids unique
 * across the partitions. Deliveries that belong to no installation have the nil tenant.
 */
export const up = `
create table delivery_ids (
  tenant_id uuid not null,
  source text not null,
  delivery_id text not null,
  id uuid not null,
  received_at timestamptz not null,
  primary key (tenant_id, source, delivery_id)
);
-- Ids are forgotten after 30 days.
create index delivery_ids_by_age on delivery_ids (received_at);
call guard_tenant_table('delivery_ids', 'select, insert, delete');

create table deliveries (
  tenant_id uuid not null,
  id uuid not null,
  source text not null,
  delivery_id text not null,
  event_type text not null,
  -- Deliveries with the same key are worked on in order: the contact they speak of.
  ordering_key text not null,
  received_at timestamptz not null,
  headers jsonb not null,
  body bytea not null,
  state text not null default 'received' check (state in ('received', 'done', 'ignored', 'parked', 'dead')),
  reason text,
  attempts integer not null default 0,
  -- Attempts that ended in trouble which time may mend. The others were surprises, or never came to an end.
  troubles integer not null default 0,
  finished_at timestamptz,
  primary key (tenant_id, id)
) partition by range (id);
create table deliveries_default partition of deliveries default;
-- What waits for its tenant, to be replayed; and the console's list of what is dead.
create index deliveries_waiting on deliveries (tenant_id, state, id) where state in ('parked', 'dead');
call guard_tenant_table('deliveries', 'select, insert, update');
`
