/** Its two halves are kept apart now: installed_at and uninstalled_at. */
export const up = `alter table installations drop column lifecycle_at;`
