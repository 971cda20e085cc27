/**
 * What a schedule of renewals needs beside the time that is set. A pair refused for a reason that repeating does not mend
 * is left alone for a while, by everybody; and those that end soonest come first.
 */
export const up = `
alter table installation_tokens add column asks_after timestamptz;
-- The schedule takes what ends within the hour, the most urgent first; what is never renewed ahead is not among them.
create index installation_tokens_urgent on installation_tokens (expires_at) where renew_at < 'infinity';
`
