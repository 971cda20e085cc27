import type { Clock } from '../lib/clock.ts'

/**
 * Connections whose partner asked us to wait. Each process learns it for itself: at worst, each asks once too often.
 */
export type Rests = {
  rest(connectionId: string, forMs: number): void
  isResting(connectionId: string): boolean
}

export function createRests(now: Clock): Rests {
  const ends = new Map<string, number>()
  return {
    rest: (connectionId, forMs) => void ends.set(connectionId, now() + forMs),
    isResting: (connectionId) => {
      if ((ends.get(connectionId) ?? 0) > now()) return true
      ends.delete(connectionId)
      return false
    },
  }
}
