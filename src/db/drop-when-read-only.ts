import type { EventEmitter } from 'node:events'

/** What pg's client and Knex's pool share, and pg's types leave out. */
export type PooledClient = { connection: EventEmitter; __knex__disposed?: unknown }

const READ_ONLY = '25006'

/**
 * After a failover a connection may have come to a server that was read-only, and its session stays so when the server
 * writes again. It is not used any more; the next one finds out anew.
 */
export function dropWhenReadOnly(client: PooledClient): void {
  client.connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === READ_ONLY) client.__knex__disposed = new Error('The connection is read-only.') // Knex's word
  })
}
