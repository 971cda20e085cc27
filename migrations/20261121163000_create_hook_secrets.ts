/**
 * The addresses at which partners call us, by connection: one that counts, and those before it while they still do. Only
 * the hash of what opens the door is kept; sealed, the secret itself waits until the partner has been told.
 */
export const up = `
create table hook_secrets (
  tenant_id uuid not null,
  connection_id uuid not null,
  generation integer not null,
  hash bytea not null check (length(hash) = 32),
  -- Until it is registered.
  sealed text,
  -- Where this server was reached when the address was made.
  base_url text not null,
  -- The partner's ids of what calls it.
  registrations text[] not null default '{}',
  -- What kept it from being registered, for the owner.
  trouble text,
  created_at timestamptz not null,
  registered_at timestamptz,
  -- When it was last found at the partner.
  seen_at timestamptz,
  last_used_at timestamptz,
  -- Null while no newer one is registered.
  expires_at timestamptz,
  primary key (tenant_id, connection_id, generation),
  foreign key (tenant_id, connection_id) references connections,
  check ((registered_at is null) or (sealed is null))
);
-- The door knows the connection and not yet the tenant.
create index hook_secrets_by_connection on hook_secrets (connection_id, generation desc);
-- Which of them are to be looked after.
create index hook_secrets_unseen on hook_secrets (seen_at) where expires_at is null;
create index hook_secrets_expiring on hook_secrets (expires_at) where expires_at is not null;
call guard_tenant_table('hook_secrets', 'select, insert, update, delete');
`
