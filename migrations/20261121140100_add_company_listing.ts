/** How far each location is with its tokens, and each company with the platform's list. */
export const up = `
alter table installations
  -- The company's token is exchanged for a location's not before then; 'infinity': not until something new is heard of it.
  add column mint_after timestamptz,
  -- When the platform's list last named the location; for a company, when it was last read to its end.
  add column listed_at timestamptz,
  -- When a company was last compared with the list.
  add column reconciled_at timestamptz;
-- A company's locations that lack tokens; and those that nobody has named a company for.
create index installations_waiting on installations (app_id, company_id) where status in ('pending', 'needs_reconnect');
`
