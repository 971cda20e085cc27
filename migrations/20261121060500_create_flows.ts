export const up = `
create table flows (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  template text not null,
  name text not null,
  trigger text not null,
  enabled boolean not null,
  mapping_version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections
);
-- An event asks for the flows that it starts.
create index flows_by_trigger on flows (tenant_id, trigger) where enabled;
call guard_tenant_table('flows', 'select, insert, update');

-- Every version is kept: a run names the one it used.
create table mapping_versions (
  tenant_id uuid not null,
  flow_id uuid not null,
  version integer not null,
  rows jsonb not null,
  author text not null,
  created_at timestamptz not null,
  primary key (tenant_id, flow_id, version),
  foreign key (tenant_id, flow_id) references flows
);
call guard_tenant_table('mapping_versions', 'select, insert');
`
