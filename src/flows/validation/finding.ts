/** `path` leads into the definition, parts joined with dots (`enter.0.rows.3.target`). One sentence for the owner. */
export type Finding = { path: string; sentence: string }
