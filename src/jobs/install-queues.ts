import knex from 'knex'
import { PgBoss } from 'pg-boss'
import { type JobName, QUEUES } from './jobs.ts'

/** Installs or updates pg-boss's schema and makes our queues. Runs with the migrations, under their lock. */
export async function installQueues(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: 2, supervise: false, schedule: false, migrate: true })
  boss.on('error', () => {}) // each call below rejects by itself
  await boss.start()
  try {
    for (const name of Object.keys(QUEUES) as JobName[]) await ensureQueue(boss, name)
    for (const name of RETIRED_QUEUES) if (await boss.getQueue(name)) await boss.deleteQueue(name)
    for (const name of RETIRED_SCHEDULES) await boss.unschedule(name)
  } finally {
    await boss.stop({ graceful: false })
  }
  await grantEnqueueing(databaseUrl)
}

/** Schedules of earlier versions, which would go on filling queues that nobody works on. */
const RETIRED_SCHEDULES = ['renew-tokens']

/** What waited in them is found by other means: its deliveries are there. */
const RETIRED_QUEUES = ['take-delivery']

async function ensureQueue(boss: PgBoss, name: JobName): Promise<void> {
  const { policy, partition, ...changeable } = QUEUES[name]
  if (await boss.getQueue(name)) await boss.updateQueue(name, changeable)
  else await boss.createQueue(name, QUEUES[name])
}

/** A change of state enqueues in its own transaction, under its own role. Working on jobs stays with the login role. */
async function grantEnqueueing(databaseUrl: string): Promise<void> {
  const sql = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } })
  try {
    await sql.raw(`
      grant usage on schema pgboss to causeway_tenant, causeway_system;
      grant select, insert on all tables in schema pgboss to causeway_tenant, causeway_system;
      grant delete on pgboss.job to causeway_system; -- of whoever is purged
    `)
  } finally {
    await sql.destroy()
  }
}
