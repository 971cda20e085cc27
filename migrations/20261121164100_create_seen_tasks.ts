/**
 * Open tasks as they were last seen, each by a hash: nothing says when a task was changed. `pass_at` is when the
 * reading of the whole list began that last met it.
 */
export const up = `
create table seen_tasks (
  tenant_id uuid not null,
  task_id text not null,
  contact_id text,
  hash text not null,
  pass_at timestamptz not null,
  primary key (tenant_id, task_id)
);
-- What a whole reading did not meet.
create index seen_tasks_by_pass on seen_tasks (tenant_id, pass_at);
call guard_tenant_table('seen_tasks', 'select, insert, update, delete');
`
