/** Reads all rows, and keeps nobody waiting meanwhile. */
export const up = `alter table deliveries validate constraint deliveries_state_check;`
