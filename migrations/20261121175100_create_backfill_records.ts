/**
 * Records that a backfill has read and not yet worked on; and of those it has, the samples of the plan, the test, and what
 * failed. One that is pending keeps what became of it before.
 */
export const up = `
create table backfill_records (
  tenant_id uuid not null,
  backfill_id uuid not null,
  phase text not null check (phase in ('plan', 'test', 'run')),
  record_id text not null,
  pending boolean not null,
  outcome text check (outcome in ('created', 'updated', 'unchanged', 'skipped', 'conflict', 'failed')),
  reason text,
  highlevel_id text,
  partner_id text,
  wrote jsonb,
  updated_at timestamptz not null,
  primary key (tenant_id, backfill_id, phase, record_id),
  check (pending or outcome is not null)
);
-- What is left of a page.
create index backfill_records_pending on backfill_records (tenant_id, backfill_id, phase) where pending;
call guard_tenant_table('backfill_records', 'select, insert, update, delete');
`
