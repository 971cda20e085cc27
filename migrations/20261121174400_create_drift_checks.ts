/** How far comparing linked records with what a flow's mapping would write has come, and what that found last. */
export const up = `
create table drift_checks (
  tenant_id uuid not null,
  flow_id uuid not null,
  -- The version that was looked at: another one begins anew.
  mapping_version integer not null,
  -- The record that was looked at last, by the platform's id.
  place text,
  checked_at timestamptz not null,
  compared integer not null,
  different integer not null,
  -- By field, in how many of the records it differs.
  fields jsonb not null,
  primary key (tenant_id, flow_id),
  foreign key (tenant_id, flow_id) references flows
);
call guard_tenant_table('drift_checks', 'select, insert, update, delete');
`
