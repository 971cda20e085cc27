import { startAuditChain } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Vault } from './vault.ts'

/** Gives a tenant what everything else stands on, its data key and its audit chain, in a transaction of its own. */
export const ensureTenant = (deps: { database: Database; vault: Vault }, tenantId: string): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    await deps.vault.createKey(db)
    await startAuditChain(db)
  })
