/** What an owner should look at in a flow that is switched on. Names of fields and options, and numbers; no values. */
export const up = `
create table flow_warnings (
  tenant_id uuid not null,
  flow_id uuid not null,
  kind text not null check (kind in ('removed', 'read_only', 'renamed', 'retyped', 'options_lost', 'drift')),
  -- Of warnings about a field: where it is. Empty for others.
  side text not null default '',
  object text not null default '',
  field text not null default '',
  details jsonb not null,
  since timestamptz not null,
  primary key (tenant_id, flow_id, kind, side, object, field),
  foreign key (tenant_id, flow_id) references flows
);
call guard_tenant_table('flow_warnings', 'select, insert, update, delete');
`
