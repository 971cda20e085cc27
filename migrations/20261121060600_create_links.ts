/**
 * Pairs of ids, one row for each record on both sides. The hashes say what each side looked like when it was last read
 * or written, which is how an echo is known; the base holds those values, sealed.
 */
export const up = `
create table links (
  tenant_id uuid not null,
  connection_id uuid not null,
  object text not null,
  highlevel_id text not null,
  partner_id text not null,
  highlevel_hash text,
  partner_hash text,
  base bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, connection_id, object, highlevel_id),
  unique (tenant_id, connection_id, object, partner_id),
  foreign key (tenant_id, connection_id) references connections
);
call guard_tenant_table('links', 'select, insert, update, delete');
`
