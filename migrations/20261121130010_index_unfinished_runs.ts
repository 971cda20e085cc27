/** An uninstall ends the runs that are under way or wait; there are few of them among many. */
export const up = `create index runs_unfinished on runs (tenant_id, id) where finished_at is null;`
