/** What became of a record, or would become of it in a dry run: what an owner is shown of a plan. */
export type SyncOutcome = {
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped' | 'conflict' | 'failed'
  /** One sentence for the owner. */
  reason: string | null
  highLevelId: string | null
  partnerId: string | null
  /** By side, the keys of the fields that were, or would be, written. */
  wrote: { highlevel: string[]; partner: string[] }
}
