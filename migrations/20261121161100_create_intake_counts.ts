/**
 * How many webhooks were met how, by minute: also those of which nothing else is stored. Of no tenant: most of them are
 * nobody's. Upserted every few seconds by every process.
 */
export const up = `
create table intake_counts (
  minute timestamptz not null,
  source text not null,
  outcome text not null,
  count bigint not null check (count > 0),
  primary key (minute, source, outcome)
) with (fillfactor = 70);
grant select, insert, update, delete on intake_counts to causeway_system;
`
