import type { Actor } from '../audit/audit-entry.ts'
import { getConnector } from '../connectors/registry.ts'
import type { Database } from '../db/database.ts'
import type { Enqueue } from '../jobs/queue.ts'
import { AppError } from '../lib/errors.ts'
import { getConnection } from './connection-store.ts'
import { hookUrl } from './hook-secret.ts'
import { markHookRegistered } from './hook-store.ts'
import { OVERLAP_MS } from './keep-hook.ts'
import { type MakeHookDeps, makeHook } from './make-hook.ts'

export type RotateHookDeps = MakeHookDeps & { database: Database; enqueue: Enqueue }

/**
 * A new address at which the partner calls. It is told by itself, and the address before counts for a while longer; where
 * the owner has to enter it by hand, this is the one time that it is shown.
 */
export const rotateHook = (
  deps: RotateHookDeps,
  { tenantId, connectionId, actor }: { tenantId: string; connectionId: string; actor: Actor },
): Promise<{ address: string | null }> =>
  deps.database.asTenant(tenantId, async (db) => {
    const { partner, status } = await getConnection(db, connectionId)
    const { inbound, name } = getConnector(partner)
    if (!inbound) throw new AppError('not_found', { detail: `${name} does not call us.` })
    if (status === 'credentials_needed') throw new AppError('conflict', { detail: 'Enter the key first.' })
    const { generation, secret } = await makeHook(deps, db, { connectionId, actor, reason: 'it was asked for' })
    if (inbound.registration) {
      await deps.enqueue(db, 'keep-hook', { tenantId, connectionId }, { key: connectionId })
      return { address: null }
    }
    const at = deps.now()
    const told = { registrations: [], at: new Date(at), othersEnd: new Date(at + OVERLAP_MS) }
    await markHookRegistered(db, { connectionId, generation }, told)
    return { address: hookUrl(deps.baseUrl, connectionId, secret) }
  })
