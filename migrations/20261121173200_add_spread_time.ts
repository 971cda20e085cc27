/** While what can wait is let through evenly, slots become free evenly: nobody else has to leave any for people. */
export const up = `
alter table call_permits add column spread_at timestamptz not null default '-infinity';
`
