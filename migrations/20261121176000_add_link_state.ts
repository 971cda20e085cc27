/** Whoever keeps a pair in step holds it meanwhile; when both sides last agreed, and how often it was written lately. */
export const up = `
alter table links
  add column held_by uuid,
  add column held_until timestamptz,
  -- By the database's clock: what was read before then may be out of date.
  add column synced_at timestamptz,
  add column rewrites timestamptz[] not null default '{}',
  -- Why nobody writes it until its owner says so.
  add column halted text,
  add constraint links_hold check ((held_by is null) = (held_until is null));
-- A run that failed lets go of what it held.
create index links_held on links (tenant_id, held_by) where held_by is not null;
`
