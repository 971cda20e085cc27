/**
 * Ids come in the order of time and are forgotten by the hour: a few block ranges tell as much as an entry for each row,
 * and cost an insert next to nothing.
 */
export const up = `
drop index delivery_ids_by_age;
create index delivery_ids_by_age on delivery_ids using brin (received_at);
`
