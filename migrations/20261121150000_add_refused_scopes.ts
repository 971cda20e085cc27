/** Scopes that the platform refused to the pair of tokens held, whatever the grant said. A new pair has none. */
export const up = `alter table installations add column refused_scopes text[] not null default '{}';`
