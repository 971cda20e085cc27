import { credentialsPlace, listSealedCredentials, listTenantsWithCredentials } from '../connections/connection-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { SealError } from '../lib/seal.ts'
import { findWrappedKey } from '../tenants/tenant-key-store.ts'
import { openTokens } from '../tenants/token-pair.ts'
import { listTenantsWithTokens } from '../tenants/token-store.ts'
import type { Vault } from '../tenants/vault.ts'

/** By tenant. A tenant counts once, however much is sealed for it. */
export type Opening = { opened: number; withoutKey: string[]; broken: { tenantId: string; what: string }[] }

/** Opens the tokens and the credentials of every tenant who has any. What was inside is forgotten at once. */
export async function openEverything(
  { database, vault }: { database: Database; vault: Vault },
  onProgress: (done: number, total: number) => void,
): Promise<Opening> {
  const { system } = database
  const tenants = [
    ...new Set([...(await listTenantsWithTokens(system)), ...(await listTenantsWithCredentials(system))]),
  ]
  const opening: Opening = { opened: 0, withoutKey: [], broken: [] }
  for (const [index, tenantId] of tenants.entries()) {
    const result = await database.asTenant(tenantId, (db) => openTenant(vault, db))
    if (result === 'opened') opening.opened++
    else if (result === 'without key') opening.withoutKey.push(tenantId)
    else opening.broken.push({ tenantId, what: result.broken })
    onProgress(index + 1, tenants.length)
  }
  return opening
}

async function openTenant(vault: Vault, db: TenantDb): Promise<'opened' | 'without key' | { broken: string }> {
  if (!(await findWrappedKey(db))) return 'without key'
  const broken: string[] = []
  if (!(await opens(openTokens(vault, db)))) broken.push('tokens')
  for (const { id, credentials } of await listSealedCredentials(db)) {
    if (!(await opens(vault.open(db, credentialsPlace(db, id), credentials)))) broken.push(`credentials of ${id}`)
  }
  return broken.length === 0 ? 'opened' : { broken: broken.join(', ') }
}

const opens = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error) => {
      if (error instanceof SealError) return false
      throw error
    },
  )
