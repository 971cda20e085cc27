/**
 * When the data of an uninstalled tenant is to be deleted, when that was begun, and when it was done. A certificate begins as what is known
 * of the deletion so far, so that one that was interrupted goes on counting; signed, it never changes again.
 */
export const up = `
alter table installations
  add column purge_at timestamptz,
  add column purge_begun_at timestamptz,
  add column purged_at timestamptz;
-- The schedule asks for what is due.
create index installations_to_purge on installations (purge_at) where status = 'uninstalled';

create table deletion_certificates (
  tenant_id uuid not null,
  id uuid not null,
  begun_at timestamptz not null,
  key_id uuid,
  master_key text,
  -- Deleted so far, by table.
  rows jsonb not null default '{}',
  issued_at timestamptz,
  certificate text,
  primary key (tenant_id, id),
  check ((issued_at is null) = (certificate is null))
);
-- One deletion at a time.
create unique index deletion_certificates_begun on deletion_certificates (tenant_id) where certificate is null;
call guard_tenant_table('deletion_certificates', 'select, insert, update');

create function refuse_change_of_certificate() returns trigger language plpgsql as $$
begin
  raise exception 'a certificate never changes' using errcode = 'insufficient_privilege';
end $$;
create trigger deletion_certificates_signed before update on deletion_certificates
  for each row when (old.certificate is not null) execute function refuse_change_of_certificate();
`
