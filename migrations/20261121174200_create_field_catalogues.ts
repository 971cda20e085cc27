/**
 * The fields of a kind of record, on either side, as they were last read. Names, types and options, nothing of any record.
 */
export const up = `
create table field_catalogues (
  tenant_id uuid not null,
  -- The id of a connection, or 'highlevel'.
  side text not null,
  object text not null,
  fields jsonb not null,
  read_at timestamptz not null,
  primary key (tenant_id, side, object)
);
call guard_tenant_table('field_catalogues', 'select, insert, update, delete');
`
