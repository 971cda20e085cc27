/** A version of a flow is the whole of what its owner set up; `rows` alone was the mapping of the only kind there was. */
export const up = `
alter table mapping_versions add column definition jsonb, alter column rows set default '[]';
-- Flows are deleted by their owners; what they did stays on record.
alter table flows add column deleted_at timestamptz;
alter table flows add constraint flows_deleted check (deleted_at is null or not enabled);
`
