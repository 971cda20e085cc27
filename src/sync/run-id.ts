import { derivedId } from '../lib/ids.ts'

/** What runs are named by: the same cause has one run for each flow. */
export type Cause = {
  /** The delivery, or the backfill. */
  causeId: string
  /** How often it was begun anew after it had been settled: each time with runs of its own, as a finished one stays. */
  replays: number
  /** Tells the runs of one backfill apart. */
  recordId?: string
}

/** The run that this cause has, or would have, in this flow. */
export const runIdOf = ({ causeId, replays, recordId }: Cause, flow: { id: string }): string =>
  derivedId(causeId, flow.id, ...(replays > 0 ? [String(replays)] : []), ...(recordId === undefined ? [] : [recordId]))
