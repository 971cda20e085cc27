import { sha256 } from '../../lib/hash.ts'
import type { TriggerPoll } from './trigger-poll-store.ts'

const MINUTE_MS = 60_000
const USUAL_MS = 5 * MINUTE_MS
/** What the partner tells by itself is asked for beside that, in case it did not. */
const RESERVE_MS = 60 * MINUTE_MS
/** From so many visits in a row that found nothing. */
const SLOWER: readonly { idle: number; everyMs: number }[] = [
  { idle: 48, everyMs: 15 * MINUTE_MS },
  { idle: 12, everyMs: 10 * MINUTE_MS },
]

/**
 * When a trigger is asked next, in milliseconds since the epoch: each at a moment of its own within the interval, which comes
 * back however often everybody was late at once. The longer nothing happens, the more rarely.
 */
export function nextPoll(
  poll: Pick<TriggerPoll, 'connectionId' | 'trigger' | 'optionsHash'>,
  { now, idle, isReserve = false }: { now: number; idle: number; isReserve?: boolean },
): number {
  const usualMs = SLOWER.find((step) => idle >= step.idle)?.everyMs ?? USUAL_MS
  const everyMs = isReserve ? RESERVE_MS : usualMs
  const phase = sha256(`${poll.connectionId}/${poll.trigger}/${poll.optionsHash}`).readUInt32BE(0) % everyMs
  return (Math.floor((now - phase) / everyMs) + 1) * everyMs + phase
}
