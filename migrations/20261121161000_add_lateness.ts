/** When the sender says it sent a delivery, where it says so; and whether it came long after that. */
export const up = `
alter table deliveries
  add column sent_at timestamptz,
  add column late boolean not null default false;
`
