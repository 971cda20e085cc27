/** Deliveries of what we found out ourselves. */
export const POLL = 'poll'

/** Where deliveries about the platform come from: its webhooks, and what was found out without one. */
export const PLATFORM_SOURCES: readonly string[] = ['highlevel', POLL]
