const SHORTEST_MS = 1000
const LONGEST_MS = 10 * 60_000

/**
 * How long nobody calls after a refusal, in milliseconds: as long as was asked for, within bounds, and up to a tenth more, so
 * that those who were refused together do not come back together. `chance`: from 0 to 1.
 */
export const holdFor = (askedMs: number, chance: number): number =>
  Math.min(LONGEST_MS, Math.max(SHORTEST_MS, askedMs)) * (1 + chance / 10)
