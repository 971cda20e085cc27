/** Calls of a tenant have classes, of which the lower ones yield and are spread; and there is a limit for the day. */
export const up = `
alter table call_permits
  alter column taken set default 0,
  -- What can wait is let through evenly: this far the even schedule has got.
  add column spread_until timestamptz not null default '-infinity',
  -- Until when somebody waits: interactive, live, reconcile. Whoever is below leaves the slots to them.
  add column claims timestamptz[] not null default array_fill(timestamptz '-infinity', array[3]),
  -- When a person last waited for an answer.
  add column interactive_at timestamptz not null default '-infinity',
  -- The platform's limit for a day, as its answers say it, and what is used of it.
  add column day_most integer not null default 200000 check (day_most > 0),
  add column day_used integer not null default 0 check (day_used >= 0),
  add column day_until timestamptz not null default '-infinity',
  -- Counts up, so that a late answer does not speak of the day after.
  add column day integer not null default 0;
`
