/** What nothing reads or writes any more: definitions, bases and the log of calls took their places. */
export const up = `
alter table mapping_versions drop column rows;
alter table links drop column highlevel_hash, drop column partner_hash;
alter table call_permits drop column taken;
`
