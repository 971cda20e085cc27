/**
 * What operators ordered for many deliveries at once: one row for each tenant concerned, all of one order with the same id.
 * Carried out in batches; `after` is the last delivery that was looked at.
 */
export const up = `
create table delivery_orders (
  tenant_id uuid not null,
  id uuid not null,
  action text not null check (action in ('replay', 'discard')),
  filter jsonb not null,
  reason text not null,
  operator text not null,
  asked_at timestamptz not null,
  -- Deliveries that matched when it was ordered, and those that it has changed.
  expected integer not null,
  changed integer not null default 0,
  after uuid,
  finished_at timestamptz,
  primary key (tenant_id, id)
);
-- A tenant has one order under way at the most, whoever asks how often; and what the console shows as under way.
create unique index delivery_orders_open on delivery_orders (tenant_id) where finished_at is null;
-- The console's list of the last orders, and the progress of one.
create index delivery_orders_by_id on delivery_orders (id desc);
call guard_tenant_table('delivery_orders', 'select, insert, update, delete');
`
