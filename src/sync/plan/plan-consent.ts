import type { Consent, SyncRecord } from '../sides/side.ts'
import type { PlanInput } from './record-plan.ts'

type ConsentPlan = { highlevel: Partial<Consent>; partner: Partial<Consent> }

/**
 * Whoever must not be reached on one side must not be reached on the other. A restriction is never taken away: where one
 * side allows again what the other forbids, somebody has to do so there as well.
 */
export const planConsent = ({ highlevel, partner, directions }: PlanInput): ConsentPlan => ({
  partner: directions.partner?.consent ? missing(highlevel, partner) : {},
  highlevel: directions.highlevel?.consent ? missing(partner, highlevel) : {},
})

const CHANNELS = ['all', 'email', 'sms'] as const

function missing(from: SyncRecord | undefined, to: SyncRecord | undefined): Partial<Consent> {
  const { consent: wanted } = from ?? {}
  if (!wanted || (to && !to.consent)) return {}
  const stricter = CHANNELS.filter((channel) => wanted[channel] && !to?.consent?.[channel])
  return Object.fromEntries(stricter.map((channel) => [channel, true]))
}
