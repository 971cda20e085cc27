import type { Clock } from './clock.ts'

/**
 * Lets something be said at the first time, and then not more often than every so many milliseconds, with how many times
 * there were since: what happens to thousands a second need not be told of each.
 */
export function createOccasionally(everyMs: number, now: Clock = () => performance.now()) {
  let saidAt = Number.NEGATIVE_INFINITY
  let times = 0
  return (say: (times: number) => void): void => {
    times++
    if (now() - saidAt < everyMs) return
    saidAt = now()
    const count = times
    times = 0
    say(count)
  }
}
