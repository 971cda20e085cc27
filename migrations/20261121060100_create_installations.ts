/**
 * Tenants. The id of a tenant is derived from the app and the location (or company), so that a webhook names its tenant
 * without a lookup and one location can never be two tenants.
 */
export const up = `
create table installations (
  tenant_id uuid primary key,
  app_id text not null,
  company_id text,
  location_id text,
  user_type text not null check (user_type in ('Location', 'Company')),
  status text not null
    check (status in ('pending', 'active', 'unclaimed', 'needs_reconnect', 'suspended', 'uninstalled')),
  scopes text[] not null default '{}',
  version_id text,
  plan_id text,
  company_name text,
  white_label_domain text,
  account_name text,
  account_name_read_at timestamptz,
  installed_by text,
  future_locations boolean not null default false,
  generation integer not null default 0,
  lifecycle_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((user_type = 'Location') = (location_id is not null)),
  check (location_id is not null or company_id is not null)
);
-- Locations of a company: its uninstall, its console page.
create index installations_by_company on installations (app_id, company_id);
call guard_tenant_table('installations', 'select, insert, update');

create table tenant_keys (
  tenant_id uuid primary key,
  id uuid not null,
  wrapped text not null,
  created_at timestamptz not null default now()
);
call guard_tenant_table('tenant_keys', 'select, insert, update, delete');

create table installation_tokens (
  tenant_id uuid primary key,
  pair text not null,
  expires_at timestamptz not null,
  generation integer not null,
  updated_at timestamptz not null default now()
);
call guard_tenant_table('installation_tokens', 'select, insert, update, delete');

-- Who may do a thing now, for how long; fence rises each time the lease changes hands.
create table leases (
  tenant_id uuid not null,
  name text not null,
  holder uuid not null,
  fence bigint not null,
  expires_at timestamptz not null,
  primary key (tenant_id, name)
);
-- Leases that ran out without being given back: their work is looked at again.
create index leases_abandoned on leases (expires_at) where expires_at > '-infinity';
call guard_tenant_table('leases', 'select, insert, update, delete');

-- States, sign-in links and user-data payloads are accepted once. Holds hashes, of nobody's in particular.
create table spent_tokens (
  hash bytea primary key,
  expires_at timestamptz not null
);
create index spent_tokens_by_expiry on spent_tokens (expires_at);
grant select, insert, delete on spent_tokens to causeway_system;
`
