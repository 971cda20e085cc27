import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Helper } from './helper-process.ts'
import type { RefreshActions } from './refresh-process.ts'
import type { RefreshTown } from './refresh-town.ts'

const PATIENCE_MS = 20 * 60_000

/** All tokens end at once; resolves with the seconds until the last of them is renewed. */
export async function runStorm(town: RefreshTown): Promise<number> {
  const begun = performance.now()
  await endAllTokens(town.database)
  await untilRenewed(town.database)
  return (performance.now() - begun) / 1000
}

export async function endAllTokens(database: Client): Promise<void> {
  await database.query('update installation_tokens set expires_at = now(), renew_at = now()')
}

export async function untilRenewed(database: Client): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; (await shareRenewed(database)) < 1; await sleep(50)) {
    if (performance.now() > deadline) throw new Error('Not all tokens were renewed in time.')
  }
}

/** From 0 to 1. Looks at one end of an index, so that looking costs the same however many there are. */
const shareRenewed = async (database: Client): Promise<number> => {
  const { rows } = await database.query(
    "select expires_at > now() as renewed from installation_tokens where renew_at < 'infinity' order by expires_at limit 1",
  )
  return rows[0]?.renewed === false ? 0 : 1
}

/** Workers that have started and rest until there is something to do. */
export async function startWorkers(
  town: RefreshTown,
  options: { count: number; inFlight: number },
): Promise<Helper<RefreshActions>[]> {
  const renewalsInFlight = Math.ceil(options.inFlight / options.count)
  const workers = Array.from({ length: options.count }, (_, index) =>
    town.startWorker(`w${index}`, { renewalsInFlight }),
  )
  await Promise.all(workers.map((worker) => worker.ask('work', null)))
  return workers
}

export const endWorkers = async (workers: Helper<RefreshActions>[]): Promise<void> => {
  await Promise.all(workers.map((worker) => worker.stop('SIGKILL')))
}
