import type { SyncOutcome } from '../sync/sync-outcome.ts'

/** What is being done: a plan is made, a few records are really written, or all of them. */
export type BackfillWork = 'planning' | 'testing' | 'running'

export type BackfillStatus =
  | BackfillWork
  | 'planned'
  | 'tested'
  | 'paused'
  | 'waiting'
  | 'done'
  | 'cancelled'
  | 'failed'

export type Counts = Record<SyncOutcome['outcome'], number>

/** One flow's sync step over every record of the side that it starts from. */
export type Backfill = {
  id: string
  flowId: string
  connectionId: string
  object: string
  source: 'highlevel' | 'partner'
  mappingVersion: number
  status: BackfillStatus
  /** What it goes on with after it was paused or had to wait. */
  resumes: BackfillWork | null
  /** One sentence for the owner: why it waits, or ended early. */
  reason: string | null
  askedBy: string
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  wakeAt: Date | null
  /** How far reading has come; null before it begins. */
  place: unknown
  /** How many records there are, as far as the source says. */
  total: number | null
  /** Records that were worked on, each once, however often it was looked at. */
  done: number
  /** Of the run, not of plan and test. A record that changed while it ran counts once more. */
  counts: Counts
  /** How long it was worked on, pauses and waiting left out. */
  busyMs: number
  /** How often in a row it had to wait. */
  troubles: number
  failedInARow: number
}

export const NO_COUNTS: Counts = { created: 0, updated: 0, unchanged: 0, skipped: 0, conflict: 0, failed: 0 }

const WORK: readonly string[] = ['planning', 'testing', 'running'] satisfies BackfillWork[]

export const isWork = (status: BackfillStatus): status is BackfillWork => WORK.includes(status)

export const isOver = (status: BackfillStatus): boolean =>
  status === 'done' || status === 'cancelled' || status === 'failed'

/** Under which phase its records are kept. */
export const PHASE_OF = { planning: 'plan', testing: 'test', running: 'run' } as const satisfies Record<
  BackfillWork,
  string
>

export type Phase = (typeof PHASE_OF)[BackfillWork]
