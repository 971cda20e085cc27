/**
 * A delivery that met trouble waits until `due_at`, and all later ones of its ordering key wait behind it. What is to be
 * done is found by its state, tenant by tenant, in order.
 */
export const up = `
alter table deliveries add column due_at timestamptz;
drop index deliveries_waiting;
-- A tenant's next deliveries; what waits for it to be mended; the console's list of what is dead.
create index deliveries_open on deliveries (tenant_id, state, id) where state in ('received', 'parked', 'dead');
-- Keys that wait for a later attempt, while a tenant's next deliveries are looked for.
create index deliveries_delayed on deliveries (tenant_id, ordering_key, due_at) where state = 'received' and due_at is not null;
-- Whose time has come, every second.
create index deliveries_due on deliveries (due_at) where state = 'received' and due_at is not null;
`
