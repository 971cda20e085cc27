import type { StartedFlow } from '../flows/flow-store.ts'
import type { SyncRecord } from './sides/side.ts'

/** Why a record is looked at. Runs are named by it, so that the same cause has one run for each flow. */
export type Cause =
  | { kind: 'event'; deliveryId: string; replays: number; trigger: string }
  | { kind: 'backfill'; backfillId: string }

export type SyncTask = {
  tenantId: string
  flow: StartedFlow
  /** The side that it starts from, and the record's id there. */
  from: 'highlevel' | 'partner'
  recordId: string
  /** As read just now, where whoever asks has it already. */
  record?: SyncRecord
  cause: Cause
  /** No automation is to be started by what is written. */
  quiet: boolean
}

/** What became of it, or would become of it in a dry run: what an owner is shown of a plan. */
export type SyncOutcome = {
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped' | 'conflict' | 'failed'
  /** One sentence for the owner. */
  reason: string | null
  highLevelId: string | null
  partnerId: string | null
  /** By side, the keys of the fields that were, or would be, written. */
  wrote: { highlevel: string[]; partner: string[] }
}
