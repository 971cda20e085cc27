import type { Knex } from 'knex'

/**
 * A transaction that begins with more than BEGIN, all in one message: a message to Postgres costs as much as a small
 * query does, and every unit of work begins this way. Nothing of `work` runs unless all of `opening` succeeded.
 */
export function transactionOpenedBy<T>(
  sql: Knex,
  opening: string,
  work: (transaction: Knex.Transaction) => Promise<T>,
): Promise<T> {
  const transaction = sql.client.transaction(work, { userParams: {}, doNotRejectOnRollback: true })
  transaction.begin = async (connection: { __knex__disposed?: unknown }): Promise<void> => {
    const { trxClient } = transaction
    try {
      await trxClient.query(connection, `begin; ${opening}`)
    } catch (error) {
      await trxClient.query(connection, 'rollback').catch(() => {
        connection.__knex__disposed = error // Knex's word for a connection that the pool must not give out again
      })
      throw error
    }
  }
  return transaction
}
