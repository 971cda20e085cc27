import { readDailyReset } from './daily-reset.ts'

/** What HighLevel's limits count by, beside the app (HighLevel docs: Rate Limits); or the tenant that stands for it. */
export type Resource = { companyId: string } | { locationId: string } | { tenantId: string }

/** The more urgent first: a person waits; an event is carried on; what no event told is looked for; all is copied. */
export const PRIORITIES = ['interactive', 'live', 'reconcile', 'backfill'] as const
export type Priority = (typeof PRIORITIES)[number]

/** What an answer says of its resource's limits. Each part may be missing. */
export type LimitReport = {
  /** Calls in one interval. */
  most: number | null
  intervalMs: number | null
  /** Calls left in the interval, whoever made the others. */
  remaining: number | null
  day: {
    most: number | null
    remaining: number | null
    /** Until the count begins anew. */
    resetsInMs: number | null
  }
  /** Set when the call was refused for coming too early: how long to wait, or null where that was not said. */
  refused: { retryAfterMs: number | null } | null
}

export const NO_REPORT: LimitReport = {
  most: null,
  intervalMs: null,
  remaining: null,
  day: { most: null, remaining: null, resetsInMs: null },
  refused: null,
}

/** Keeps the calls for one resource within its limits, over all processes. */
export type Pace = {
  /**
   * Resolves when one call may be sent, at once. When it is over, what its answer said of the limits goes to the permit.
   * Whoever is less urgent waits for the others, and leaves them room. Throws `Trouble` ('rate_limited') rather than wait
   * longer than the priority allows.
   */
  permit(resource: Resource, priority?: Priority): Promise<Permit>
}

export type Permit = { report(said: LimitReport): Promise<void> }

export function readLimitReport(
  response: { status: number; headers: Headers; retryAfterMs: number | undefined },
  now: number,
): LimitReport {
  const { status, headers, retryAfterMs = null } = response
  const numberOf = (name: string): number | null => wholeNumber(headers.get(name))
  return {
    most: numberOf('x-ratelimit-max'),
    intervalMs: numberOf('x-ratelimit-interval-milliseconds'),
    remaining: numberOf('x-ratelimit-remaining'),
    day: {
      most: numberOf('x-ratelimit-limit-daily'),
      remaining: numberOf('x-ratelimit-daily-remaining'),
      resetsInMs: readDailyReset(headers.get('x-ratelimit-daily-reset'), now),
    },
    refused: status === 429 ? { retryAfterMs } : null,
  }
}

const wholeNumber = (value: string | null): number | null => (value && /^\d{1,9}$/.test(value) ? Number(value) : null)
