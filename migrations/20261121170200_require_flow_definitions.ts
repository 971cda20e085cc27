export const up = `alter table mapping_versions alter column definition set not null;`
