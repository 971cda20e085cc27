/**
 * Whether a record met a flow's conditions when it was last looked at: only who was in can leave. The run that found it so
 * sees, when it is taken up again, what it saw the first time.
 */
export const up = `
create table flow_members (
  tenant_id uuid not null,
  flow_id uuid not null,
  record_id text not null,
  is_in boolean not null,
  changed_by uuid not null,
  changed_at timestamptz not null,
  primary key (tenant_id, flow_id, record_id),
  foreign key (tenant_id, flow_id) references flows
);
call guard_tenant_table('flow_members', 'select, insert, update, delete');
`
