/** Flows may be made from nothing: they come from no template. */
export const up = `alter table flows alter column template drop not null;`
