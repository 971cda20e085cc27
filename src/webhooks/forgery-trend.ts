/** Sums of one source by outcome. */
export type Sums = Readonly<Record<string, number>>

/** Signed by none of the keys, or in a form that none of them makes. */
const FORGED = ['forged', 'malformed']
const GOOD = ['accepted', 'repeated', 'foreign_app', 'unknown_tenant', 'unreadable', 'too_old']

/** Fewer in the window than that are somebody trying the door. */
const FEWEST = 20
const LEAST_SHARE = 0.05
const TIMES_USUAL = 10
/** However usual forgeries have become: with a new key at the platform nearly all are. */
const SURELY = 0.9

/**
 * How many forged webhooks come, beside what was usual: `risen` when it looks as if the platform had changed its key,
 * `calm` when it does not, `unclear` in between, so that an alarm neither begins nor ends by a hair.
 */
export function forgeryTrend(recent: Sums, usual: Sums): 'risen' | 'unclear' | 'calm' {
  const limit = Math.min(SURELY, Math.max(LEAST_SHARE, TIMES_USUAL * shareOf(usual)))
  const count = sum(recent, FORGED)
  if (count >= FEWEST && shareOf(recent) >= limit) return 'risen'
  return count < FEWEST / 2 || shareOf(recent) < limit / 2 ? 'calm' : 'unclear'
}

const shareOf = (sums: Sums): number => sum(sums, FORGED) / Math.max(1, sum(sums, [...FORGED, ...GOOD]))

const sum = (sums: Sums, outcomes: readonly string[]): number =>
  outcomes.reduce((total, outcome) => total + (sums[outcome] ?? 0), 0)
