import { randomBytes } from 'node:crypto'
import type { Database } from '../../src/db/database.ts'
import { newId } from '../../src/lib/ids.ts'
import type { SealKey } from '../../src/lib/seal.ts'
import { wrapKey } from '../../src/tenants/wrapped-key.ts'

export const newMasterKey = (kid: string): SealKey => ({ kid, key: randomBytes(32) })

/** Tenants who have a key under this master key, and nothing else. Returns their data keys by tenant. */
export async function insertTenantKeys(
  database: Database,
  masterKey: SealKey,
  count: number,
): Promise<Map<string, SealKey>> {
  const keys = new Map(Array.from({ length: count }, () => [newId(), { kid: newId(), key: randomBytes(32) }]))
  const rows = await Promise.all(
    [...keys].map(async ([tenantId, key]) => ({
      tenant_id: tenantId,
      id: key.kid,
      wrapped: await wrapKey(masterKey, tenantId, key),
    })),
  )
  await database.system.sql.batchInsert('tenant_keys', rows, 500)
  return keys
}

/** How many keys are under each master key. */
export async function countByMaster(database: Database): Promise<Record<string, number>> {
  const rows: { kid: string; count: string }[] = await database.system
    .sql('tenant_keys')
    .groupBy('master_kid')
    .select({ kid: 'master_kid' })
    .count({ count: '*' })
  return Object.fromEntries(rows.map(({ kid, count }) => [kid, Number(count)]))
}

/** Somebody who works under these tenants' keys and takes long over it. */
export async function holdKeys(database: Database, tenantIds: string[]): Promise<{ release(): Promise<void> }> {
  const transaction = await database.system.sql.transaction()
  await transaction('tenant_keys').whereIn('tenant_id', tenantIds).forUpdate().select('id')
  return { release: async () => void (await transaction.rollback()) }
}
