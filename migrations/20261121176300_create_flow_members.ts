/** Records that met a flow's conditions when they were last looked at: only who was in can leave. */
export const up = `
create table flow_members (
  tenant_id uuid not null,
  flow_id uuid not null,
  record_id text not null,
  entered_at timestamptz not null,
  primary key (tenant_id, flow_id, record_id),
  foreign key (tenant_id, flow_id) references flows
);
call guard_tenant_table('flow_members', 'select, insert, delete');
`
