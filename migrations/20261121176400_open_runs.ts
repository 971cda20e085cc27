/** A run may start from a record of the partner's that has no counterpart yet. */
export const up = `alter table runs alter column highlevel_id drop not null;`
