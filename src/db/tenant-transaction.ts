import type { Knex } from 'knex'
import type pg from 'pg'
import type { WireClient } from './cut-when-silent.ts'

type Connection = pg.Client & WireClient & { __knex__disposed?: unknown }

/**
 * A transaction that begins with more than BEGIN, and whose first statements go to Postgres together with that: a message to
 * Postgres costs as much as a small query does, and every unit of work begins this way. What is sent before it is known that the
 * opening succeeded runs with the rights that the session has without it, which must be none; and nothing is committed then.
 */
export function transactionOpenedBy<T>(
  sql: Knex,
  opening: string,
  work: (transaction: Knex.Transaction) => Promise<T>,
): Promise<T> {
  let opened: Promise<unknown> = Promise.resolve()
  const openedWork = async (transaction: Knex.Transaction): Promise<T> => {
    const result = await work(transaction).catch(async (error: unknown) => {
      await opened // if that failed, it is why
      throw error
    })
    await opened
    return result
  }
  const transaction = sql.client.transaction(openedWork, { userParams: {}, doNotRejectOnRollback: true })
  transaction.begin = async (connection: Connection): Promise<void> => {
    const { stream } = connection.connection
    stream.cork()
    setImmediate(() => stream.uncork())
    opened = transaction.trxClient.query(connection, `begin; ${opening}`)
    opened.catch(() => {}) // the work's end waits for it
  }
  return transaction
}
