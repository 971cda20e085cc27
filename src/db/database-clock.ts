import type { Clock } from '../lib/clock.ts'
import { repeat } from '../lib/repeat.ts'
import type { SystemDb } from './database.ts'

/**
 * The time at the database, milliseconds since the epoch, known without asking for each: whoever judges ages by it does not
 * depend on the clock of this host, which may be wrong or be set while it runs.
 */
export type DatabaseClock = {
  read: Clock
  /** Resolves when the time is known. */
  start(): Promise<void>
  stop(): Promise<void>
}

const ASK_EVERY_MS = 60_000

export function createDatabaseClock(db: SystemDb): DatabaseClock {
  let asked = { time: 0, at: 0 }
  let stop = async (): Promise<void> => {}
  const ask = async (): Promise<void> => {
    const { rows } = await db.sql.raw<{ rows: { time: number }[] }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as time',
    )
    asked = { time: Number(rows[0]?.time), at: performance.now() }
  }
  return {
    read: () => asked.time + performance.now() - asked.at,
    start: async () => {
      await ask()
      stop = repeat(ASK_EVERY_MS, ask, () => {}) // the last answer goes on being good
    },
    stop: () => stop(),
  }
}
