export const up = `
-- Whether a partner's news of a record waits already: the record is read when its turn comes, so once is enough.
create index deliveries_waiting_hooks on deliveries (tenant_id, ordering_key)
  where connection_id is not null and state in ('received', 'parked');
`
