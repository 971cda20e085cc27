export const up = `
-- A task or a note that was given to another contact is found by the rest of its id.
create index links_below_contact on links (tenant_id, connection_id, object, split_part(highlevel_id, '/', 2))
  where object in ('task', 'note');
-- Creations whose answer was lost, few at any time: looked for before something is made once more.
create index writes_unanswered on writes (tenant_id, connection_id, object, side, id)
  where kind = 'create' and state in ('open', 'unknown');
`
