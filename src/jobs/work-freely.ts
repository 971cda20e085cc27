import { setTimeout as sleep } from 'node:timers/promises'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { createBell } from '../lib/bell.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import type { Logger } from '../lib/logger.ts'
import { repeat } from '../lib/repeat.ts'
import type { JobName, JobPayloads } from './jobs.ts'
import { listenForJobs } from './listen-for-jobs.ts'

export type Place = {
  /** Asks for an early end: the process stops, or the job is no longer this worker's. */
  signal: AbortSignal
  /** Whether all places are taken: others may be waiting for this one. */
  isCrowded(): boolean
}

export type FreeWork<Name extends JobName> = {
  /** So many jobs at once. */
  places: number
  /** Resolves when the job is done; rejects when it should be tried again later. */
  handler(payload: JobPayloads[Name], place: Place): Promise<void>
  /** Keys whose jobs may wait. */
  passOver(): string[]
}

type Stoppable = {
  /** Takes no more jobs, asks those under way to end, and hands back what has not ended by the deadline. */
  stop(deadlineMs: number): Promise<void>
}

/** Retries and delayed jobs are not notified. */
const POLL_MS = 1000
/** Twice within a queue's heartbeat. */
const TOUCH_MS = 4000
const TOGETHER = { lanes: 2, most: 100, waiting: 10_000, isItemFault: () => false }

/**
 * Works on so many jobs at once, each settled for itself: pg-boss's own workers settle a batch when its slowest job has
 * ended, and until then its other places stay empty. One fetch at a time fills all places that are free.
 */
export async function workFreely<Name extends JobName>(
  boss: PgBoss,
  name: Name,
  { places, handler, passOver }: FreeWork<Name>,
  log: Logger,
): Promise<Stoppable> {
  type Job = JobWithMetadata<JobPayloads[Name]>
  const underWay = new Map<string, { job: Job; claim: AbortController; ended: Promise<void> }>()
  const stopping = new AbortController()
  const bell = createBell()
  const listening = await listenForJobs(boss, name, bell.ring)
  const complete = createGroupCommit({
    ...TOGETHER,
    commit: async (jobs: Job[]) => {
      await boss.complete(name, jobs)
      return jobs
    },
  })
  const settle = async (job: Job, claim: AbortSignal): Promise<void> => {
    try {
      const signal = AbortSignal.any([claim, stopping.signal])
      await handler(job.data, { signal, isCrowded: () => underWay.size >= places })
      await complete(job)
    } catch (error) {
      log.warn({ error, job: name, ...job.data, attempt: job.retryCount + 1 }, 'a job will be tried again')
      await boss.fail(name, [job]).catch(() => {}) // without a heartbeat somebody will take it up
    }
  }
  /** Whether more jobs may be there than were taken. */
  let leftSome = false
  const begin = (job: Job): void => {
    const claim = new AbortController()
    const ended = settle(job, claim.signal).finally(() => {
      underWay.delete(job.id)
      if (leftSome) bell.ring()
    })
    underWay.set(job.id, { job, claim, ended })
  }
  const fill = async (): Promise<void> => {
    const room = places - underWay.size
    const ignoreGroups = passOver()
    leftSome = room === 0 || ignoreGroups.length > 0
    if (room === 0) return
    const options = { batchSize: room, includeMetadata: true, ignoreGroups } as const
    const jobs = await boss.fetch<JobPayloads[Name]>(name, options)
    leftSome ||= jobs.length === room
    for (const job of jobs) begin(job)
  }
  const touch = async (): Promise<void> => {
    const held = [...underWay.values()]
    if (held.length === 0) return
    // Which ones it touched stands in the answer, though not in its type.
    const { settled }: { settled?: string[] } = await boss.touch(
      name,
      held.map(({ job }) => job),
    )
    for (const { job, claim } of held) if (settled && !settled.includes(job.id)) claim.abort()
  }
  const noteFailure = (message: string) => (error: unknown) => log.warn({ error, job: name }, message)
  const stopFetching = repeat(
    0,
    async () => {
      bell.hush()
      await fill()
      if (!stopping.signal.aborted) await bell.wait(POLL_MS)
    },
    async (error) => {
      noteFailure('jobs could not be fetched; they will be asked for again')(error)
      await sleep(POLL_MS)
    },
  )
  const stopTouching = repeat(TOUCH_MS, touch, noteFailure('a heartbeat failed'))
  return {
    stop: async (deadlineMs) => {
      stopping.abort()
      bell.ring()
      await Promise.all([stopFetching(), listening.close()])
      const all = Promise.all([...underWay.values()].map(({ ended }) => ended))
      await Promise.race([all, sleep(deadlineMs, undefined, { ref: false })])
      await stopTouching()
      const left = [...underWay.values()].map(({ job }) => job)
      underWay.clear()
      if (left.length > 0) await boss.fail(name, left)
    },
  }
}
