import type { ConnectorLimits } from '../connectors/connector.ts'
import type { Backfill } from './backfill.ts'

/** HighLevel docs, Rate Limits: 100 calls in 10 seconds and 200,000 a day, of which a backfill leaves a fifth to others. */
const PLATFORM = { perSecond: 10, perDay: 160_000 }
/**
 * Calls for one record, as a rough guess until some were written: from the platform one read there, a look and a write at
 * the partner; the other way one write and a hundredth of a search at the platform, and a hundredth of a page, twice, at the partner.
 * Where the account allows duplicates, each is looked for by itself: up to five calls. That is not reckoned with.
 */
const CALLS = {
  highlevel: { platform: 1, partner: 2 },
  partner: { platform: 1.02, partner: 0.02 },
} as const
/** A partner's lists do not say them: they are asked for with each look, and there are two. */
const CALLS_FOR_LABELS = 2
const SECONDS_A_DAY = 86_400

/** Seconds that so many records take at the least, by the limits of both sides: how they answer is not in it. */
export function estimateSeconds(
  records: number,
  { source, labels }: { source: Backfill['source']; labels: boolean },
  limits: ConnectorLimits,
): number {
  const { platform, partner } = CALLS[source]
  const calls = { platform, partner: partner + (labels && source === 'partner' ? CALLS_FOR_LABELS : 0) }
  const atPlatform = (records * calls.platform) / PLATFORM.perSecond
  const atPartner = (records * calls.partner) / limits.requestsPerSecond
  const days = Math.ceil((records * calls.platform) / PLATFORM.perDay)
  const waiting = Math.max(0, days - 1) * SECONDS_A_DAY
  return Math.ceil(Math.max(atPlatform, atPartner, waiting))
}
