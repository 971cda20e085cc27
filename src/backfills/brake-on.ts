import type { Counts } from './backfill.ts'

/** A plan that would touch a larger share of the records waits until its owner has confirmed that. */
export const MOST_SHARE = 0.2
/** Of so few, each can be looked at. */
const FEW = 20

/** The sentence that has to be confirmed; null where the import is small. `total` null: unknown, so taken for large. */
export function brakeOn(planned: Counts, total: number | null): string | null {
  const sampled = sampleOf(planned)
  const touched = planned.created + planned.updated
  const share = sampled === 0 ? 0 : touched / sampled
  if (share <= MOST_SHARE || (total !== null && total <= FEW)) return null
  const about =
    total === null ? `${touched} of the first ${sampled}` : `about ${extrapolate(touched, sampled, total)} of ${total}`
  return `This will create or change ${about} records. Confirm that this is what you want.`
}

export const sampleOf = (planned: Counts): number => Object.values(planned).reduce((sum, count) => sum + count, 0)

export const extrapolate = (count: number, sampled: number, total: number): number =>
  sampled === 0 ? 0 : Math.round((count / sampled) * total)
