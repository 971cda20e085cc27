/** One row for each event and flow, with its steps. Partitioned by day through the run's time-ordered id. */
export const up = `
create table runs (
  tenant_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  flow_id uuid not null,
  connection_id uuid not null,
  mapping_version integer not null,
  trigger text not null,
  highlevel_id text not null,
  partner_id text,
  outcome text not null default 'running'
    check (outcome in ('running', 'retrying', 'succeeded', 'unchanged', 'skipped', 'failed')),
  reason text,
  attempts integer not null default 0,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (tenant_id, id),
  check ((outcome in ('running', 'retrying')) = (finished_at is null))
) partition by range (id);
create table runs_default partition of runs default;
call guard_tenant_table('runs', 'select, insert, update');

create table run_steps (
  tenant_id uuid not null,
  run_id uuid not null,
  ordinal integer not null,
  action text not null,
  outcome text not null check (outcome in ('succeeded', 'unchanged', 'declined', 'failed')),
  reason text,
  sent jsonb not null,
  partner_id text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  primary key (tenant_id, run_id, ordinal)
) partition by range (run_id);
create table run_steps_default partition of run_steps default;
call guard_tenant_table('run_steps', 'select, insert, update');

-- A finished run never changes.
create function refuse_change_of_finished() returns trigger language plpgsql as $$
begin
  raise exception 'a finished run never changes' using errcode = 'insufficient_privilege';
end $$;
create trigger runs_finished before update on runs
  for each row when (old.finished_at is not null) execute function refuse_change_of_finished();
`
