/**
 * Every write to a record of either side: opened before it is sent, closed with what became of it. The ledger of what may
 * have happened, and the history from which a value is explained and a change undone. Partitioned by day through the id.
 */
export const up = `
create table writes (
  tenant_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  connection_id uuid not null,
  object text not null,
  highlevel_id text,
  partner_id text,
  side text not null check (side in ('highlevel', 'partner')),
  kind text not null check (kind in ('create', 'update', 'remove', 'archive', 'operation')),
  -- The step of the flow, where it is about no pair of records.
  step text,
  state text not null default 'open' check (state in ('open', 'done', 'declined', 'failed', 'unknown')),
  reason text,
  -- By field: what was there, what was to be there, and why; sealed.
  changes bytea,
  undone_by uuid,
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'open') = (closed_at is null))
) partition by range (id);
create table writes_default partition of writes default;
-- A run that is taken up again asks what it had begun.
create index writes_by_run on writes (tenant_id, run_id);
-- The history of one record.
create index writes_by_record on writes (tenant_id, connection_id, object, highlevel_id, id);
create index writes_by_partner_record on writes (tenant_id, connection_id, object, partner_id, id);
call guard_tenant_table('writes', 'select, insert, update, delete');
`
