/**
 * How far asking a partner what happened has come: for each connection and trigger, and for each set of options that flows
 * wait with. Whoever asks stores only while `visit` is as it was when he began.
 */
export const up = `
create table trigger_polls (
  tenant_id uuid not null,
  connection_id uuid not null,
  -- The key of the connector's trigger.
  trigger text not null,
  -- SHA-256 of the options as text, in hexadecimal.
  options_hash text not null,
  options jsonb not null,
  due_at timestamptz not null,
  visit integer not null default 0,
  -- The connector's own; null while nobody has asked yet.
  cursor text,
  looked_at timestamptz,
  -- Visits in a row that found nothing.
  idle integer not null default 0,
  -- Why the last visits found out nothing, and how many of them in a row.
  trouble text,
  troubles integer not null default 0,
  -- When the partner last said that the cursor was too old, so that something may have been missed.
  restarted_at timestamptz,
  primary key (tenant_id, connection_id, trigger, options_hash),
  foreign key (tenant_id, connection_id) references connections
);
-- Whose time has come, every few seconds.
create index trigger_polls_due on trigger_polls (due_at);
call guard_tenant_table('trigger_polls', 'select, insert, update, delete');
`
