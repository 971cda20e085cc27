/**
 * How far looking for what no event told has come, for each tenant and kind of record. `place` is the kind's own; null while
 * nobody has looked yet. Whoever looks stores only while `visit` is as it was when he began.
 */
export const up = `
create table poll_cursors (
  tenant_id uuid not null,
  object text not null check (object in ('contact', 'task')),
  due_at timestamptz not null,
  visit integer not null default 0,
  place jsonb,
  looked_at timestamptz,
  -- Why the last visits found out nothing, and how many of them in a row.
  trouble text,
  troubles integer not null default 0,
  -- When the platform last told anything, as far as that was looked at; how many visits in a row found what it had not told
  -- although it told nothing else either, and when the first of these was.
  heard_at timestamptz,
  silent_visits integer not null default 0,
  silent_since timestamptz,
  primary key (tenant_id, object)
);
-- Whose time has come, every few seconds.
create index poll_cursors_due on poll_cursors (due_at);
call guard_tenant_table('poll_cursors', 'select, insert, update, delete');
`
