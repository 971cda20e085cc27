/** How often a delivery that was settled was begun anew. A finished run never changes: each replay has runs of its own. */
export const up = `alter table deliveries add column replays integer not null default 0;`
