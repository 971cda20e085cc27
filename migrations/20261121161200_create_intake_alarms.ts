/** Sources of which far more forged webhooks come than usual, while that lasts. */
export const up = `
create table intake_alarms (
  source text primary key,
  since timestamptz not null
);
grant select, insert, delete on intake_alarms to causeway_system;
`
