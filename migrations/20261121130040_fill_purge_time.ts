/** Who left before there was a grace period has it from now on. */
export const up = `
alter table installations no force row level security;
update installations set purge_at = now() + interval '30 days' where status = 'uninstalled';
alter table installations force row level security;
`
