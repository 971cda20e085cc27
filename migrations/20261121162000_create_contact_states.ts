/**
 * What was last heard of a contact's tags and do-not-disturb, sealed: events give whole lists, and only against this can be
 * told what was added and what was taken away. Of a deleted contact the time alone stays for a while, so that news from
 * before the deletion, which comes late, tells nothing.
 */
export const up = `
create table contact_states (
  tenant_id uuid not null,
  contact_id text not null,
  known bytea,
  deleted_at timestamptz,
  updated_at timestamptz not null,
  primary key (tenant_id, contact_id),
  check (known is not null or deleted_at is not null)
) with (fillfactor = 70);
-- Those whose contact was deleted long ago are forgotten every hour.
create index contact_states_deleted on contact_states (deleted_at) where deleted_at is not null;
call guard_tenant_table('contact_states', 'select, insert, update, delete');
`
