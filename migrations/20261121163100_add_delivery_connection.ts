/** Partners' deliveries belong to a connection. Null for those of the platform. */
export const up = `
alter table deliveries add column connection_id uuid;
`
