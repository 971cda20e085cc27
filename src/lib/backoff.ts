export type Backoff = { firstMs: number; mostMs: number }

/**
 * How long to wait before the next attempt, in milliseconds: doubling, and spread over the upper half, so that what failed
 * together does not come back together. `failures`: how often it has failed by now, from 1. `chance`: from 0 to 1.
 */
export function backoff({ firstMs, mostMs }: Backoff, failures: number, chance: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** (failures - 1))
  return full * (0.5 + chance / 2)
}
