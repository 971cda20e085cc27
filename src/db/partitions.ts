import { firstIdAt } from '../lib/ids.ts'
import type { AnyDb } from './database.ts'

/** Tables partitioned by the time in their uuid v7 ids, one partition a day. */
const PARTITIONED = ['deliveries', 'runs', 'run_steps'] as const
const DAY_MS = 86_400_000
const DAYS_AHEAD = 7

/**
 * Makes the partitions of today and the coming week. What finds none lands in the default partition, so nothing is ever
 * refused for want of one.
 */
export async function ensurePartitions(db: AnyDb, now: number): Promise<void> {
  const today = Math.floor(now / DAY_MS)
  await db.sql.transaction(async (transaction) => {
    await transaction.raw('set local role none') // only the login role owns the tables
    for (let day = today; day <= today + DAYS_AHEAD; day++) {
      for (const table of PARTITIONED) await transaction.raw(partitionOf(table, day))
    }
  })
}

/** The names of the partitions for what happens at this time. */
export const partitionsOf = (time: number): string[] => PARTITIONED.map((table) => nameOf(table, time))

const nameOf = (table: string, time: number): string =>
  `${table}_${new Date(time).toISOString().slice(0, 10).replaceAll('-', '')}`

function partitionOf(table: string, day: number): string {
  const name = nameOf(table, day * DAY_MS)
  const [from, to] = [day, day + 1].map((start) => firstIdAt(start * DAY_MS))
  return `create table if not exists ${name} partition of ${table} for values from ('${from}') to ('${to}')`
}
