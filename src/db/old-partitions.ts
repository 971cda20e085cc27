import type { Knex } from 'knex'
import { firstIdAt } from '../lib/ids.ts'
import { asOwner, isInUse, withBriefLock } from './brief-lock.ts'
import type { SystemDb } from './database.ts'
import { dayOfPartition, type PartitionedTable } from './partitions.ts'

/** A table whose days go, with its conditions: SQL of ours about the row `t`. */
export type Aging = {
  table: PartitionedTable
  /** The column whose time counts. */
  key: string
  /** Rows that nobody is done with. `suffix` is that of the partitions that hold the same time: a day, or `default`. */
  unfinished: (suffix: string) => string
  /** Rows that keep their day until they are gone, because somebody has to be told of each. */
  untold?: string
}

/** What became of the days of tables that go together. `waiting`: still there, because of what they hold or who uses them. */
export type Cleared = { dropped: number; waiting: number; deleted: number }

const DAY_MS = 86_400_000
/** A day with more of these keeps its partitions, and only what is finished is deleted from them. */
const MOST_MOVED = 1000
const BATCH = 5000

/**
 * Lets go of whole days that ended before a time, of tables that hold the same days. What nobody is done with moves to the
 * default partitions, in the transaction that drops the day; old rows there go as well. Safe to repeat, to be killed in,
 * and for several at once.
 */
export async function clearOldDays(db: SystemDb, tables: readonly Aging[], before: number): Promise<Cleared> {
  const cleared: Cleared = { dropped: 0, waiting: 0, deleted: 0 }
  for (const suffix of await listOldDays(db, tables, before)) {
    const isFew = await holdsFew(db, tables, suffix)
    if (isFew && (await dropSoon(db, tables, suffix))) cleared.dropped++
    else cleared.waiting++
    if (!isFew) cleared.deleted += await deleteFinished(db, tables, suffix, before)
  }
  cleared.deleted += await deleteFinished(db, tables, 'default', before)
  return cleared
}

/** The suffixes of partitions whose day ended before then, the oldest first. */
async function listOldDays(db: SystemDb, tables: readonly Aging[], before: number): Promise<string[]> {
  const { rows } = await db.sql.raw<{ rows: { name: string }[] }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = any(?::regclass[])`,
    [tables.map(({ table }) => table)],
  )
  const old = rows.filter(({ name }) => (dayOfPartition(name) ?? Number.POSITIVE_INFINITY) + DAY_MS <= before)
  return [...new Set(old.map(({ name }) => name.slice(-'20261121'.length)))].sort()
}

/** Whether little enough is unfinished to be moved in a moment. Looked at before anybody is kept waiting. */
const holdsFew = (db: SystemDb, tables: readonly Aging[], suffix: string): Promise<boolean> =>
  unlessGone(db, true, async (transaction) => {
    for (const { table, unfinished } of await attached(transaction, tables, suffix)) {
      const beyond = `select from ${table}_${suffix} t where ${unfinished(suffix)} offset ${MOST_MOVED} limit 1`
      const { rows } = await transaction.raw<{ rows: unknown[] }>(beyond)
      if (rows.length > 0) return false
    }
    return true
  })

/** Whether the day is gone. While it is in use it stays, until another time. */
async function dropSoon(db: SystemDb, tables: readonly Aging[], suffix: string): Promise<boolean> {
  try {
    return await withBriefLock(db, (transaction) => drop(transaction, tables, suffix))
  } catch (error) {
    if (isInUse(error)) return false
    throw error
  }
}

async function drop(transaction: Knex.Transaction, tables: readonly Aging[], suffix: string): Promise<boolean> {
  for (const { table } of tables) await transaction.raw(`lock table only ${table} in access exclusive mode`)
  const days = await attached(transaction, tables, suffix)
  for (const { table, untold } of days) {
    if (untold && (await holdsAny(transaction, `${table}_${suffix}`, untold))) return false
  }
  for (const { table } of days) await transaction.raw(`alter table ${table} detach partition ${table}_${suffix}`)
  for (const { table, unfinished } of days) {
    await transaction.raw(
      `insert into ${table}_default select t.* from ${table}_${suffix} t where ${unfinished(suffix)}`,
    )
  }
  for (const { table } of days) await transaction.raw(`drop table ${table}_${suffix}`)
  return true
}

/** Old rows of these partitions, in batches; how many it were. */
async function deleteFinished(db: SystemDb, tables: readonly Aging[], suffix: string, before: number): Promise<number> {
  let deleted = 0
  for (const aging of tables) {
    for (let from = '(0,0)'; from; ) {
      const batch = await unlessGone(db, NOTHING, (transaction) =>
        deleteBatch(transaction, aging, { suffix, before, from }),
      )
      deleted += batch.count
      from = batch.next ?? ''
    }
  }
  return deleted
}

type Batch = { count: number; next: string | null }

const NOTHING: Batch = { count: 0, next: null }

/** Goes on where the batch before ended, so that nothing is looked at twice. */
async function deleteBatch(
  transaction: Knex.Transaction,
  aging: Aging,
  { suffix, before, from }: { suffix: string; before: number; from: string },
): Promise<Batch> {
  if ((await attached(transaction, [aging], suffix)).length === 0) return NOTHING
  const partition = `${aging.table}_${suffix}`
  const { rows } = await transaction.raw<{ rows: Batch[] }>(
    `with old as (
       select ctid as place from ${partition} t
       where ctid >= :from::tid and ${aging.key} < :before
         and not (${aging.unfinished(suffix)}) and not (${aging.untold ?? 'false'})
       limit ${BATCH} for update skip locked
     ), gone as (delete from ${partition} where ctid = any(array(select place from old)))
     select count(*)::int as count, case when count(*) = ${BATCH} then max(place)::text end as next from old`,
    { from, before: firstIdAt(before) },
  )
  return rows[0] ?? NOTHING
}

/** Somebody else may drop the day while it is looked at. */
async function unlessGone<T>(db: SystemDb, gone: T, work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
  try {
    return await asOwner(db, work)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return gone
    throw error
  }
}

const UNDEFINED_TABLE = '42P01'

/** Those of the tables that have such a partition. */
async function attached(
  transaction: Knex.Transaction,
  tables: readonly Aging[],
  suffix: string,
): Promise<readonly Aging[]> {
  const { rows } = await transaction.raw<{ rows: { name: string }[] }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = any(?::regclass[])`,
    [tables.map(({ table }) => table)],
  )
  return tables.filter(({ table }) => rows.some(({ name }) => name === `${table}_${suffix}`))
}

async function holdsAny(transaction: Knex.Transaction, partition: string, condition: string): Promise<boolean> {
  const { rows } = await transaction.raw<{ rows: unknown[] }>(`select from ${partition} t where ${condition} limit 1`)
  return rows.length > 0
}
