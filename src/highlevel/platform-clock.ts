import type { Clock } from '../lib/clock.ts'

/**
 * The time at the platform: this machine's clock, put right by the `Date` header of the platform's answers (RFC 9110,
 * section 6.6.1). Events carry the platform's time, so what happens here must be told in it as well: with a clock that is
 * ten minutes fast, a departure would seem older than the installation before it.
 */
export type PlatformClock = Clock & {
  /** How far this machine is behind the platform, in milliseconds; 0 while they agree or nothing is known yet. */
  offsetMs(): number
  observe(date: string | null): void
}

/** The header counts whole seconds, and an answer takes its time: less than this is no difference. */
const TOLERANCE_MS = 5000

export function createPlatformClock(now: Clock): PlatformClock {
  let offset = 0
  return Object.assign(() => now() + offset, {
    offsetMs: () => offset,
    observe: (date: string | null) => {
      const difference = Date.parse(date ?? '') - now()
      if (!Number.isNaN(difference)) offset = Math.abs(difference) < TOLERANCE_MS ? 0 : difference
    },
  })
}
