/**
 * The audit log: one hash chain for each tenant. Nobody updates or deletes an entry; whoever gets around that breaks the
 * chain. A head holds the last link, so that appending is one statement and only writers of one tenant wait for another.
 */
export const up = `
create table audit_heads (
  tenant_id uuid primary key,
  seq bigint not null default 0,
  hash bytea not null default decode(repeat('00', 32), 'hex')
);
call guard_tenant_table('audit_heads', 'select, insert, update');

create table audit_entries (
  tenant_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null
    check (actor_kind in ('user', 'operator', 'api_key', 'highlevel', 'partner', 'schedule', 'system')),
  actor_id text not null,
  action text not null,
  target text not null,
  fields text[] not null,
  details jsonb not null,
  origin text,
  canonical text not null,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (tenant_id, seq)
);
-- The console lists the newest first, over all tenants.
create index audit_entries_by_time on audit_entries (at desc, tenant_id, seq);
call guard_tenant_table('audit_entries', 'select, insert');

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entries_append_only before update or delete or truncate on audit_entries
  for each statement execute function refuse_change();
`
