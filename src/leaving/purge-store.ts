import type { TenantDb } from '../db/database.ts'

/**
 * Every table that holds something of a tenant's, in the order in which they may be emptied, each with the rest of its
 * primary key. What stays: the audit trail (audit_entries, audit_heads), which names fields and never values, what is left
 * of the installation, and deletion_certificates. The data key goes first, before all of these.
 */
export const PURGED_TABLES: readonly { table: string; key: readonly string[] }[] = [
  { table: 'run_steps', key: ['run_id', 'ordinal'] },
  { table: 'runs', key: ['id'] },
  { table: 'writes', key: ['id'] },
  { table: 'conflicts', key: ['id'] },
  { table: 'flow_members', key: ['flow_id', 'record_id'] },
  { table: 'contact_states', key: ['contact_id'] },
  { table: 'links', key: ['connection_id', 'object', 'highlevel_id'] },
  { table: 'flow_warnings', key: ['flow_id', 'kind', 'side', 'object', 'field'] },
  { table: 'drift_checks', key: ['flow_id'] },
  { table: 'field_catalogues', key: ['side', 'object'] },
  { table: 'backfill_records', key: ['backfill_id', 'phase', 'record_id'] },
  { table: 'backfills', key: ['id'] },
  { table: 'mapping_versions', key: ['flow_id', 'version'] },
  { table: 'flows', key: ['id'] },
  { table: 'trigger_polls', key: ['connection_id', 'trigger', 'options_hash'] },
  { table: 'hook_secrets', key: ['connection_id', 'generation'] },
  { table: 'connections', key: ['id'] },
  { table: 'deliveries', key: ['id'] },
  { table: 'delivery_orders', key: ['id'] },
  { table: 'delivery_ids', key: ['source', 'delivery_id'] },
  { table: 'poll_cursors', key: ['object'] },
  { table: 'seen_tasks', key: ['task_id'] },
  { table: 'leases', key: ['name'] },
  { table: 'installation_tokens', key: [] },
  { table: 'call_permits', key: [] },
  { table: 'partner_paces', key: ['connection_id'] },
]

/** Deletes up to so many rows of the tenant; how many it were. */
export async function deleteSome(
  db: TenantDb,
  { table, key }: (typeof PURGED_TABLES)[number],
  most: number,
): Promise<number> {
  const columns = ['tenant_id', ...key]
  const some = db
    .sql(table)
    .where({ tenant_id: db.tenantId })
    .orderBy([...columns])
    .limit(most)
    .select(columns)
  return db.sql(table).where({ tenant_id: db.tenantId }).whereIn(columns, some).delete()
}
