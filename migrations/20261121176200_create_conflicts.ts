/** What an owner has to decide: a field that both sides changed, a record that could be several, a brake that was pulled. */
export const up = `
create table conflicts (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  flow_id uuid not null,
  object text not null,
  kind text not null check (kind in ('field', 'match', 'brake', 'unknown_outcome')),
  highlevel_id text,
  partner_id text,
  -- The partner's field; empty where it is about the whole record.
  field text not null default '',
  -- Both values and what they are called, or the candidates; sealed.
  details bytea not null,
  state text not null default 'open' check (state in ('open', 'settled', 'outdated')),
  decision text,
  decided_by text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  settled_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'open') = (settled_at is null)),
  foreign key (tenant_id, connection_id) references connections
);
-- One question for each field of a record, however often it comes up.
create unique index conflicts_open on conflicts
  (tenant_id, connection_id, object, kind, coalesce(highlevel_id, ''), coalesce(partner_id, ''), field)
  where state = 'open';
call guard_tenant_table('conflicts', 'select, insert, update, delete');
`
