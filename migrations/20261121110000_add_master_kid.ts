/**
 * Which master key wraps a tenant's key. It stands in the protected header of the wrapped key, the first part of the JWE
 * as base64url without its padding, and is read from there by Postgres itself: it cannot say anything else than the
 * row, and a process of the version before, which does not know the column, still makes keys. (The header is plain
 * ASCII, so that "escape" leaves it as it is; `convert_from` may not be used here.)
 */
export const up = `
alter table tenant_keys add column master_kid text not null generated always as (
  encode(
    decode(
      rpad(
        translate(split_part(wrapped, '.', 1), '-_', '+/'),
        (length(split_part(wrapped, '.', 1)) + 3) / 4 * 4,
        '='
      ),
      'base64'
    ),
    'escape'
  )::jsonb ->> 'kid'
) stored;
-- Which master keys are in use, and the tenants under one of them in the order in which they are wrapped anew.
create index tenant_keys_by_master on tenant_keys (master_kid, tenant_id);
`
