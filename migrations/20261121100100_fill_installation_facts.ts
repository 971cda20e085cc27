/** From the state and the one time that were kept before. */
export const up = `
alter table installations no force row level security;
update installations set
  installed_at = case when status <> 'uninstalled' then lifecycle_at end,
  uninstalled_at = case when status = 'uninstalled' then lifecycle_at end,
  authorized_at = case when status not in ('pending', 'uninstalled') then lifecycle_at end,
  claimed_at = case when status not in ('pending', 'uninstalled', 'unclaimed') then lifecycle_at end;
alter table installations force row level security;

alter table installation_tokens no force row level security;
update installation_tokens set trouble = case installations.status when 'needs_reconnect' then 'spent' else 'inactive' end
from installations
where installations.tenant_id = installation_tokens.tenant_id and installations.status in ('needs_reconnect', 'suspended');
alter table installation_tokens force row level security;
`
