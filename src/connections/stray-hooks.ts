import type { Database } from '../db/database.ts'
import { filterHooked } from './hook-store.ts'

/** Whatever the address of the server, the id is ours alone. */
const ADDRESS = /\/hooks\/([0-9a-f-]{36})\/[\w-]{20,}(?:[/?#]|$)/i

/**
 * What is registered there and leads nowhere: addresses of this connection that are not the one that counts, and those of
 * connections which this server does not have any more. Other servers' are left alone.
 */
export async function findStrays(
  deps: { database: Database; baseUrl: string },
  look: { connectionId: string; keep: readonly string[]; there: readonly { id: string; url: string }[] },
): Promise<string[]> {
  const ours = look.there.flatMap(({ id, url }) => {
    const [, connectionId = ''] = ADDRESS.exec(url) ?? []
    const isOurs = connectionId === look.connectionId || url.startsWith(`${deps.baseUrl}/hooks/`)
    return connectionId !== '' && isOurs && !look.keep.includes(id) ? [{ id, connectionId }] : []
  })
  const others = [...new Set(ours.map(({ connectionId }) => connectionId))].filter((id) => id !== look.connectionId)
  const living = new Set(others.length === 0 ? [] : await filterHooked(deps.database.system, others))
  return ours.filter(({ connectionId }) => !living.has(connectionId)).map(({ id }) => id)
}
