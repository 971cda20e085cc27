import type { TenantDb } from '../db/database.ts'

/** A tenant's data key, wrapped by the master key ring. */
export type WrappedKey = { id: string; wrapped: string }

export const findWrappedKey = (db: TenantDb): Promise<WrappedKey | undefined> =>
  db.sql('tenant_keys').where({ tenant_id: db.tenantId }).first('id', 'wrapped')

/** Does nothing when the tenant has a key. */
export async function insertWrappedKey(db: TenantDb, key: WrappedKey): Promise<void> {
  await db
    .sql('tenant_keys')
    .insert({ tenant_id: db.tenantId, ...key })
    .onConflict('tenant_id')
    .ignore()
}

/** Locks the tenant until the transaction ends: its key is there before any other row of it. */
export async function lockTenant(db: TenantDb): Promise<void> {
  await db.sql('tenant_keys').where({ tenant_id: db.tenantId }).forUpdate().first('id')
}
