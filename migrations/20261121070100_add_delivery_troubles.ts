/** Attempts that ended in trouble which time may mend. The others were surprises, or never came to an end. */
export const up = `
alter table deliveries add column troubles integer not null default 0;
`
