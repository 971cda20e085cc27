import type { PgBoss } from 'pg-boss'
import type { JobName } from './jobs.ts'

/**
 * Rings when a job that can be worked on was added to the queue. Only a hint: where notifications do not come through, as
 * behind a pooler, whoever listens has to look by himself.
 */
export async function listenForJobs(
  boss: PgBoss,
  name: JobName,
  ring: () => void,
): Promise<{ close(): Promise<void> }> {
  const db = boss.getDb()
  // The channel that pg-boss 12.35 notifies for the queues of its schema (its plans.js).
  const { rows } = await db.executeSql(
    `select 'pgboss_' || left(encode(sha224('pgboss'::bytea), 'hex'), 24) as channel`,
  )
  const hear = (queue: string): void => {
    if (queue === name) ring()
  }
  const handle = await db.listen?.(rows[0].channel, hear, ring)
  return handle ?? { close: async () => {} }
}
