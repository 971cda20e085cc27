import type { SystemDb } from '../db/database.ts'
import { type JobName, QUEUES } from './jobs.ts'

export type QueueHealth = {
  /** Queues that this version needs and that are not there. */
  missing: JobName[]
  /** Jobs that could be worked on, and how long the oldest of them could have been, by queue. */
  waiting: { name: string; count: number; oldestSeconds: number }[]
  /** Since a worker last looked after the queues; null when none ever has. */
  workerSeenSecondsAgo: number | null
}

/** By the database's clock. */
export async function readQueueHealth(db: SystemDb): Promise<QueueHealth> {
  const queues = await db.sql.raw<{ rows: { name: string; ago: number | null }[] }>(
    `select name, extract(epoch from clock_timestamp() - monitor_on)::float8 as ago from pgboss.queue`,
  )
  const waiting = await db.sql.raw<{ rows: { name: string; count: number; oldest: number }[] }>(
    `select name, count(*)::int as count,
            extract(epoch from clock_timestamp() - min(start_after))::float8 as oldest
     from pgboss.job where state in ('created', 'retry') and start_after <= clock_timestamp() group by name order by name`,
  )
  const there = queues.rows.map(({ name }) => name)
  const seen = queues.rows.flatMap(({ ago }) => (ago === null ? [] : [ago]))
  return {
    missing: (Object.keys(QUEUES) as JobName[]).filter((name) => !there.includes(name)),
    waiting: waiting.rows.map(({ name, count, oldest }) => ({ name, count, oldestSeconds: oldest })),
    workerSeenSecondsAgo: seen.length === 0 ? null : Math.min(...seen),
  }
}
