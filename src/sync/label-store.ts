import type { TenantDb } from '../db/database.ts'

/** Labels of a partner's by the key of the tag they stand for: kept with the links of records, under an object of their own. */
const labels = (db: TenantDb, connectionId: string) =>
  ({ tenant_id: db.tenantId, connection_id: connectionId, object: 'label' }) as const

/** The partner's ids of these labels, as far as they are known. */
export async function findLabelIds(db: TenantDb, connectionId: string, keys: string[]): Promise<Map<string, string>> {
  const rows = await db
    .sql('links')
    .where(labels(db, connectionId))
    .whereIn('highlevel_id', keys)
    .select({ key: 'highlevel_id', id: 'partner_id' })
  return new Map(rows.map(({ key, id }) => [key, id]))
}

export async function saveLabel(
  db: TenantDb,
  label: { connectionId: string; key: string; id: string },
  at: Date,
): Promise<void> {
  const row = { ...labels(db, label.connectionId), highlevel_id: label.key, partner_id: label.id }
  await db
    .sql('links')
    .insert({ ...row, created_at: at, updated_at: at })
    .onConflict(['tenant_id', 'connection_id', 'object', 'highlevel_id'])
    .merge({ partner_id: label.id, updated_at: at })
}

/** The label has another id by now, or none: only what was known to be stale is forgotten. */
export async function deleteStaleLabel(
  db: TenantDb,
  label: { connectionId: string; key: string; id: string },
): Promise<void> {
  await db
    .sql('links')
    .where({ ...labels(db, label.connectionId), highlevel_id: label.key, partner_id: label.id })
    .delete()
}
