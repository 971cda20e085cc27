/**
 * What may lie between our log and the platform's: a slot is used again when the interval and this have passed. Measured:
 * with 250 ms of jitter nothing is refused, and 97.6 % of the limit can be used.
 */
export const GUARD_MS = 250

/** So far ahead of the even schedule may be what is let through evenly: what came late is made up for within it. */
export const LEAD_MS = 500

/** Who waits is counted on to come when its slot is free, and for so long after. */
export const CLAIM_MS = 250

/** Events leave one slot of so many to people, more of them while people are about; of a limit below the fewest, none. */
export const SPARED = { always: 100, whileAbout: 20, aboutFor: '10 minutes', fewest: 10 } as const

/** Shares of a day's limit, in percent: what can wait stops at the first, everything at the second. */
export const DAY_SHARES = { bulk: 80, all: 99 } as const
