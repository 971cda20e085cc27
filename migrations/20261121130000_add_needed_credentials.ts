/**
 * Whoever uninstalls and comes back finds the connections as they were, without the credentials. `credentials_at` is when
 * these were entered, by the platform's clock: news of a departure takes with it what was entered before. Null: before
 * this was kept.
 */
export const up = `
alter table connections
  add column credentials_at timestamptz,
  drop constraint connections_status_check,
  drop constraint connections_check,
  add constraint connections_status_check
    check (status in ('active', 'paused', 'credentials_refused', 'credentials_needed', 'disconnected')),
  add constraint connections_credentials_check
    check ((status in ('credentials_needed', 'disconnected')) = (credentials is null));
`
