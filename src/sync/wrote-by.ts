import type { RecordPlan } from './plan/record-plan.ts'
import type { SyncOutcome } from './sync-outcome.ts'

/** The fields, and what else, that a plan changes on either side. */
export const wroteBy = ({ writes }: RecordPlan): SyncOutcome['wrote'] => ({
  highlevel: keysOf(writes.highlevel),
  partner: keysOf(writes.partner),
})

const keysOf = ({ fields, labels, consent }: RecordPlan['writes']['partner']): string[] => [
  ...Object.keys(fields),
  ...Object.keys(consent).map((channel) => `consent.${channel}`),
  ...(labels.add.length + labels.remove.length > 0 ? ['labels'] : []),
]
