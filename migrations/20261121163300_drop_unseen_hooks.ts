/** Hooks that are to be looked after are found from their connections, by the primary key. */
export const up = `
drop index hook_secrets_unseen;
`
