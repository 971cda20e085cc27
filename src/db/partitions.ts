import { firstIdAt } from '../lib/ids.ts'
import { withBriefLock } from './brief-lock.ts'
import type { AnyDb } from './database.ts'

/** Tables partitioned by the time in their uuid v7 ids, one partition a day. */
const PARTITIONED = ['deliveries', 'runs', 'run_steps', 'writes'] as const
export type PartitionedTable = (typeof PARTITIONED)[number]

const DAY_MS = 86_400_000
const DAYS_AHEAD = 7

/**
 * Makes the partitions of today and the coming week, as far as they are missing. What finds none lands in the default
 * partition, so nothing is ever refused for want of one; a day that has begun there stays there.
 */
export async function ensurePartitions(db: AnyDb, now: number): Promise<void> {
  const today = Math.floor(now / DAY_MS)
  for (let day = today; day <= today + DAYS_AHEAD; day++) {
    for (const table of PARTITIONED) {
      if (!(await isThere(db, nameOf(table, day * DAY_MS)))) await makePartition(db, table, day)
    }
  }
}

async function makePartition(db: AnyDb, table: PartitionedTable, day: number): Promise<void> {
  try {
    await withBriefLock(db, async (transaction) => {
      await transaction.raw(`lock table only ${table} in access exclusive mode`) // of two at once, one finds it made
      await transaction.raw(partitionOf(table, day))
    })
  } catch (error) {
    if (!hasBegunInDefault(error)) throw error
  }
}

/** "updated partition constraint for default partition would be violated by some row" */
const hasBegunInDefault = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23514'

async function isThere(db: AnyDb, name: string): Promise<boolean> {
  const { rows } = await db.sql.raw<{ rows: { there: boolean }[] }>('select to_regclass(?) is not null as there', [
    name,
  ])
  return rows[0]?.there === true
}

/** The names of the partitions for what happens at this time. */
export const partitionsOf = (time: number): string[] => PARTITIONED.map((table) => nameOf(table, time))

/** The first moment of the day that a partition is of; undefined for the default one. */
export function dayOfPartition(name: string): number | undefined {
  const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
  return year ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : undefined
}

const nameOf = (table: string, time: number): string =>
  `${table}_${new Date(time).toISOString().slice(0, 10).replaceAll('-', '')}`

function partitionOf(table: string, day: number): string {
  const name = nameOf(table, day * DAY_MS)
  const [from, to] = [day, day + 1].map((start) => firstIdAt(start * DAY_MS))
  return `create table if not exists ${name} partition of ${table} for values from ('${from}') to ('${to}')`
}
