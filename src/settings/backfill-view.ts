import type { Backfill, Counts } from '../backfills/backfill.ts'
import type { KeptRecord } from '../backfills/backfill-record-store.ts'
import { brakeOn, extrapolate, sampleOf } from '../backfills/brake-on.ts'
import { estimateSeconds } from '../backfills/estimate-time.ts'
import { type BackfillProgress, progressOf } from '../backfills/progress-of.ts'
import { findConnector } from '../connectors/registry.ts'

export type BackfillView = {
  id: string
  flowId: string
  direction: 'to_partner' | 'to_highlevel'
  status: Backfill['status']
  /** How it stands, in the owner's words. */
  sentence: string
  askedAt: string
  startedAt: string | null
  finishedAt: string | null
  /** When it is looked at again by itself; null while somebody works on it, or nobody will. */
  continuesAt: string | null
  progress: BackfillProgress
  counts: Counts
}

export type PlanView = {
  /** Of how many records the counts are. */
  sampled: number
  counts: Counts
  /** The same for all records, roughly; null where nobody knows how many there are. */
  expected: Counts | null
  /** Without how long the answers take; null where nobody knows how many there are. */
  seconds: number | null
  /** What has to be confirmed before everything is imported. */
  brake: string | null
}

export const backfillView = (backfill: Backfill): BackfillView => ({
  id: backfill.id,
  flowId: backfill.flowId,
  direction: backfill.source === 'highlevel' ? 'to_partner' : 'to_highlevel',
  status: backfill.status,
  sentence: backfill.reason ?? SENTENCES[backfill.status],
  askedAt: backfill.createdAt.toISOString(),
  startedAt: backfill.startedAt?.toISOString() ?? null,
  finishedAt: backfill.finishedAt?.toISOString() ?? null,
  continuesAt: backfill.status === 'waiting' ? (backfill.wakeAt?.toISOString() ?? null) : null,
  progress: progressOf(backfill),
  counts: backfill.counts,
})

const SENTENCES: Record<Backfill['status'], string> = {
  planning: 'A plan is being made. Nothing is written yet.',
  planned: 'The plan is ready. Write a test batch next, and look at it.',
  testing: 'A few records are being written.',
  tested: 'The test batch is written. Look at it, then import everything.',
  running: 'Records are being imported.',
  paused: 'Paused. Nothing is written until you continue.',
  waiting: 'It waits, and goes on by itself.',
  done: 'Everything is imported.',
  cancelled: 'Cancelled. What was imported by then stays.',
  failed: 'It could not go on.',
}

export function planView(
  { source, total }: Backfill,
  { partner, labels }: { partner: string | undefined; labels: boolean },
  counts: Counts,
): PlanView {
  const sampled = sampleOf(counts)
  const limits = findConnector(partner ?? '')?.limits
  const forAll = (count: number): number => extrapolate(count, sampled, total ?? 0)
  return {
    sampled,
    counts,
    expected:
      total === null
        ? null
        : {
            created: forAll(counts.created),
            updated: forAll(counts.updated),
            unchanged: forAll(counts.unchanged),
            skipped: forAll(counts.skipped),
            conflict: forAll(counts.conflict),
            failed: forAll(counts.failed),
          },
    seconds: total === null || !limits ? null : estimateSeconds(total, { source, labels }, limits),
    brake: brakeOn(counts, total),
  }
}

/** Field by field: which record, what became of it, and which fields were written; never a value. */
export const recordRow = ({ recordId, outcome, reason, highLevelId, partnerId, wrote }: KeptRecord): KeptRecord => ({
  recordId,
  outcome,
  reason,
  highLevelId,
  partnerId,
  wrote: { highlevel: wrote.highlevel, partner: wrote.partner },
})
