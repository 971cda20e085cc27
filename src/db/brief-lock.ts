import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { AnyDb } from './database.ts'

/** Below the patience of the intake, which waits behind whoever waits for a lock. */
const LOCK_MS = 300
/** How long it may be held. */
const HELD_MS = 700
const TRIES = 3

/**
 * A change of tables, which keeps everybody else out for a moment and no longer: in one transaction of their owner, which
 * gives up when it does not get its locks at once, and is tried a few times. Row-level security, which binds the owner too,
 * lies on the tables and not on their partitions. Throws when they were in use each time: see `isInUse`.
 */
export async function withBriefLock<T>(db: AnyDb, change: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await asOwner(db, async (transaction) => {
        await transaction.raw(`set local statement_timeout = ${HELD_MS}`)
        return change(transaction)
      })
    } catch (error) {
      if (!isInUse(error) || tries === TRIES) throw error
      await sleep(LOCK_MS * (1 + Math.random()))
    }
  }
}

/** Only the login role owns the tables. */
export const asOwner = <T>(db: AnyDb, work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> =>
  db.sql.transaction(async (transaction) => {
    await transaction.raw(`set local role none; set local lock_timeout = ${LOCK_MS}`)
    return work(transaction)
  })

/** A lock that is not free, a statement that takes too long, a deadlock. */
const IN_USE = ['55P03', '57014', '40P01']

export const isInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && IN_USE.includes(String(error.code))
