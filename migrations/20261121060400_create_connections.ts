export const up = `
create table connections (
  tenant_id uuid not null,
  id uuid not null,
  partner text not null,
  label text not null,
  account jsonb not null default '[]',
  credentials text,
  status text not null check (status in ('active', 'paused', 'credentials_refused', 'disconnected')),
  trouble text,
  generation integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((status = 'disconnected') = (credentials is null))
);
-- One living connection for each partner: two would write everything twice.
create unique index connections_living on connections (tenant_id, partner) where status <> 'disconnected';
call guard_tenant_table('connections', 'select, insert, update');
`
