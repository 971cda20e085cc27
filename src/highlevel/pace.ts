/** What HighLevel's limits count by, beside the app (HighLevel docs: Rate Limits). */
export type Resource = { companyId: string } | { locationId: string }

/** What an answer says of its resource's burst limit. Each part may be missing. */
export type LimitReport = {
  /** Calls in one interval. */
  most: number | null
  intervalMs: number | null
  /** Calls left in the interval, whoever made the others. */
  remaining: number | null
  /** Set when the call was refused for coming too early: how long to wait, or null where that was not said. */
  refused: { retryAfterMs: number | null } | null
}

export const NO_REPORT: LimitReport = { most: null, intervalMs: null, remaining: null, refused: null }

/** Keeps the calls for one resource within its limit, over all processes. */
export type Pace = {
  /**
   * Resolves when one call may be sent, at once. When it is over, what its answer said of the limit goes to the permit. What
   * is done in the background uses no more than half of the limit, and that only while others leave it.
   */
  permit(resource: Resource, background?: boolean): Promise<Permit>
}

export type Permit = { report(said: LimitReport): Promise<void> }

export function readLimitReport(response: {
  status: number
  headers: Headers
  retryAfterMs: number | undefined
}): LimitReport {
  const { status, headers, retryAfterMs = null } = response
  return {
    most: wholeNumber(headers.get('x-ratelimit-max')),
    intervalMs: wholeNumber(headers.get('x-ratelimit-interval-milliseconds')),
    remaining: wholeNumber(headers.get('x-ratelimit-remaining')),
    refused: status === 429 ? { retryAfterMs } : null,
  }
}

const wholeNumber = (value: string | null): number | null => (value && /^\d{1,9}$/.test(value) ? Number(value) : null)
