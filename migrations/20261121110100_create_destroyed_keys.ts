/**
 * Keys that were destroyed, by their ids alone. A tenant gets a new key only when no process can still hold the old one,
 * and a key file older than the destruction does not bring the key back.
 */
export const up = `
create table destroyed_keys (
  tenant_id uuid not null,
  id uuid not null,
  destroyed_at timestamptz not null,
  primary key (tenant_id, id)
);
call guard_tenant_table('destroyed_keys', 'select, insert');
`
