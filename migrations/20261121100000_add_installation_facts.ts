/**
 * What is known of an installation, each fact with its newest time by the platform's clock; the state follows from these
 * (src/tenants/installation-state.ts). `details_at` holds the time of each detail, so that an older event never replaces a
 * newer one. A pair of tokens carries its own trouble: a new pair has none.
 */
export const up = `
alter table installations
  add column installed_at timestamptz,
  add column uninstalled_at timestamptz,
  add column authorized_at timestamptz,
  add column claimed_at timestamptz,
  add column details_at jsonb not null default '{}';

alter table installation_tokens
  add column trouble text check (trouble in ('spent', 'inactive')),
  -- When it is to be renewed although nobody asks: spread at random, so that there is never a storm.
  add column renew_at timestamptz not null default now(),
  -- The client key that obtained the pair; only that one may refresh it. Null: the key that was configured then.
  add column client_id text;
-- The schedule asks for what is due, the most urgent first.
create index installation_tokens_due on installation_tokens (renew_at);
`
