/**
 * Until `due_at` nobody begins a delivery, nor a later one of its ordering key: it is being worked on, or waits for another
 * attempt. What is to be done is found by its state, tenant by tenant, in order.
 */
export const up = `
alter table deliveries add column due_at timestamptz;
drop index deliveries_waiting;
-- A tenant's next deliveries; what waits for it to be mended; the console's list of what is dead.
create index deliveries_open on deliveries (tenant_id, state, id) where state in ('received', 'parked', 'dead');
-- Keys that have to wait, while a tenant's next deliveries are looked for; and whose time has come, every moment. Holds only
-- what is under way or delayed.
create index deliveries_held on deliveries (tenant_id, ordering_key, due_at) where state = 'received' and due_at is not null;
`
