import type { ConnectorLimits } from '../connectors/connector.ts'
import type { Backfill } from './backfill.ts'

/** HighLevel docs, Rate Limits: 100 calls in 10 seconds and 200,000 a day, of which a backfill leaves a fifth to others. */
const PLATFORM = { perSecond: 10, perDay: 160_000 }
/**
 * Calls for one record, as a rough guess until some were written: from the platform one read there, a look and a write at
 * the partner; the other way two looks, a write and a look at what came of it at the platform, and two hundredths of a page at the partner.
 */
const CALLS = {
  highlevel: { platform: 1, partner: 2 },
  partner: { platform: 4, partner: 0.02 },
} as const
const SECONDS_A_DAY = 86_400

/** Seconds that so many records take at the least, by the limits of both sides: how they answer is not in it. */
export function estimateSeconds(records: number, source: Backfill['source'], limits: ConnectorLimits): number {
  const calls = CALLS[source]
  const atPlatform = (records * calls.platform) / PLATFORM.perSecond
  const atPartner = (records * calls.partner) / limits.requestsPerSecond
  const days = Math.ceil((records * calls.platform) / PLATFORM.perDay)
  const waiting = Math.max(0, days - 1) * SECONDS_A_DAY
  return Math.ceil(Math.max(atPlatform, atPartner, waiting))
}
