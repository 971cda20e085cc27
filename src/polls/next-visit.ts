import { sha256 } from '../lib/hash.ts'
import type { Poll } from './poll-store.ts'

const MINUTE_MS = 60_000
/** One page each quarter of an hour: 96 calls a day, of the 200,000 that the platform allows. */
const USUAL_MS = 15 * MINUTE_MS
/** While the platform seems to tell nothing and something changes all the same. */
const OFTEN_MS = 5 * MINUTE_MS

/**
 * When a tenant's records are looked at next, in milliseconds since the epoch: each at a moment of its own within the
 * interval, which follows from its id and comes back however often everybody was late at once.
 */
export function nextVisit(
  { tenantId, object }: Pick<Poll, 'tenantId' | 'object'>,
  { now, isSuspicious }: { now: number; isSuspicious: boolean },
): number {
  const interval = isSuspicious ? OFTEN_MS : USUAL_MS
  const phase = sha256(`${tenantId}/${object}`).readUInt32BE(0) % interval
  return (Math.floor((now - phase) / interval) + 1) * interval + phase
}
