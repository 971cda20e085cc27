/** Where deliveries about the platform come from: its webhooks, and `poll` for what we found out without one. */
export const PLATFORM_SOURCES: readonly string[] = ['highlevel', 'poll']
