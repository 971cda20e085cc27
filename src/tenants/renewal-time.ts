const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Somewhere in this part of its life a pair is renewed although nobody asks. */
const EARLIEST_SHARE = 0.3
const LATEST_SHARE = 0.95

/** From 0 to 1. */
export type Chance = () => number

/** What ends within this time is renewed before everything else, by every worker. */
export const URGENT_MS = HOUR

/** When a new pair is renewed: each at a moment of its own, so that nothing that began together falls due together. */
export function renewalTime(now: number, expiresAt: number, chance: Chance): number {
  const share = EARLIEST_SHARE + (LATEST_SHARE - EARLIEST_SHARE) * chance()
  return now + (expiresAt - now) * share
}

/** The life of an access token at HighLevel (docs: OAuth 2.0). Shorter ones become urgent, and are never levelled. */
const USUAL_LIFE_MS = 24 * HOUR
const USUAL_INTERVAL_MS = (USUAL_LIFE_MS * (EARLIEST_SHARE + LATEST_SHARE)) / 2
/** A backlog drains although no minute is much busier than the others. */
const HEADROOM = 1.5

/** How many pairs that have time are renewed in one minute, of so many in all. */
export const shareOfMinute = (population: number): number =>
  Math.ceil((HEADROOM * population * MINUTE) / USUAL_INTERVAL_MS)

/** Why a renewal did not happen: it may heal by itself, the location is asleep, or repeating does not mend it. */
export type Setback = 'transient' | 'inactive' | 'refused'

/** The next try after one that failed, with a wide jitter. Trouble that may heal is tried the sooner the nearer the end. */
export function retryTime(
  setback: Setback,
  { now, expiresAt, chance }: { now: number; expiresAt: number; chance: Chance },
): number {
  const jitter = 0.5 + chance()
  if (setback === 'inactive') return now + HOUR * jitter
  if (setback === 'refused') return now + 40 * MINUTE * (0.75 + chance() / 2) // at most two calls an hour
  const fromEnd = Math.abs(expiresAt - now) // behind the end it grows again: nobody knows how long it will last
  return now + Math.min(30 * MINUTE, Math.max(MINUTE, fromEnd / 5)) * jitter
}
