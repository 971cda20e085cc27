import { startAuditChain } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { findPurgeTimes } from './purge-time-store.ts'
import type { Vault } from './vault.ts'

/**
 * Gives a tenant what everything else stands on, its data key and its audit chain, in a transaction of its own. Throws
 * `try_later` while everything of the tenant is being deleted, and for a moment after that.
 */
export const ensureTenant = (deps: { database: Database; vault: Vault }, tenantId: string): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    await deps.vault.createKey(db)
    await startAuditChain(db)
    const times = await findPurgeTimes(db) // after the key: whoever destroyed one before that is seen
    if (times?.begunAt && !times.purgedAt) throw new AppError('try_later', { detail: BEING_DELETED })
  })

const BEING_DELETED = 'Everything of this account is being deleted just now. Try again in a few minutes.'
