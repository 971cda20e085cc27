/**
 * One flow, run over every record of its source: how far it has come, what became of the records, and whose turn it is. What
 * was done moves together with the place, in one transaction.
 */
export const up = `
create table backfills (
  tenant_id uuid not null,
  id uuid not null,
  flow_id uuid not null,
  connection_id uuid not null,
  object text not null,
  source text not null check (source in ('highlevel', 'partner')),
  mapping_version integer not null,
  status text not null check (status in (
    'planning', 'planned', 'testing', 'tested', 'running', 'paused', 'waiting', 'done', 'cancelled', 'failed')),
  -- What it goes on with after it was paused or had to wait.
  resumes text check (resumes in ('planning', 'testing', 'running')),
  -- One sentence for the owner: why it waits, or ended early.
  reason text,
  asked_by text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null,
  -- When somebody should look after it, unless somebody is at it.
  wake_at timestamptz,
  place jsonb,
  total integer,
  done integer not null default 0,
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  skipped integer not null default 0,
  conflict integer not null default 0,
  failed integer not null default 0,
  busy_ms bigint not null default 0,
  troubles integer not null default 0,
  failed_in_a_row integer not null default 0,
  -- Whoever works on it writes only while this is his turn.
  turn uuid,
  turn_until timestamptz,
  primary key (tenant_id, id),
  check ((status in ('paused', 'waiting')) = (resumes is not null)),
  check ((status in ('done', 'cancelled', 'failed')) = (finished_at is not null))
);
-- A flow has one that is not over.
create unique index backfills_open on backfills (tenant_id, flow_id) where finished_at is null;
-- Workers look for those that somebody should look after.
create index backfills_due on backfills (wake_at) where wake_at is not null;
call guard_tenant_table('backfills', 'select, insert, update, delete');
`
