import { z } from 'zod'
import type { FieldValues } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient } from '../client.ts'
import { occurredField } from '../polling/poll-trigger.ts'
import { balanceAnswer } from '../schemas.ts'

const place = z.object({ channel: z.string(), isLow: z.boolean(), times: z.int() })

const CHANNELS = ['email', 'sms'] as const
const DEFAULT_THRESHOLD = 100

/** Told once when the credits fall below the threshold, and again only after they were above it. */
export const creditsLow: PollTrigger<ActiveTrailCredentials> = {
  key: 'credits_low',
  name: 'Credits running low',
  object: 'account',
  options: [
    { key: 'channel', label: 'Credits for', type: 'option', options: [...CHANNELS] },
    { key: 'threshold', label: 'Fewer than (blank: 100)', type: 'number' },
  ],
  fields: [
    { key: 'channel', label: 'Credits for', type: 'text' },
    { key: 'credits', label: 'Credits left', type: 'number' },
    occurredField,
  ],
  async poll(context, { cursor, options }) {
    const channel = options.channel === 'sms' ? 'sms' : 'email'
    const balance = await createClient(context).get('/account/balance', {}, balanceAnswer)
    const credits = balance[channel]?.credits
    const before = placeOf(cursor, channel)
    const isLow = credits !== undefined && credits < thresholdOf(options)
    const isNews = before !== undefined && isLow && !before.isLow
    const times = (before?.times ?? 0) + (isNews ? 1 : 0)
    const occurredAt = new Date(context.now()).toISOString()
    const event = {
      id: `credits_low:${channel}:${times}`,
      objectId: channel,
      occurredAt,
      data: { channel, credits, occurred_at: occurredAt },
    }
    return { events: isNews ? [event] : [], cursor: JSON.stringify({ channel, isLow, times }) }
  },
}

/** Undefined at first, and where the other credits were watched before. */
function placeOf(cursor: string | null, channel: string): z.infer<typeof place> | undefined {
  const before = cursor === null ? undefined : place.parse(JSON.parse(cursor))
  return before?.channel === channel ? before : undefined
}

function thresholdOf({ threshold }: FieldValues): number {
  const number = threshold === null || threshold === '' ? Number.NaN : Number(threshold)
  return Number.isFinite(number) ? number : DEFAULT_THRESHOLD
}
