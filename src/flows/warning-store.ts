import type { TenantDb } from '../db/database.ts'

/** What an owner should look at in a flow. `details` holds names and numbers, no values of any record. */
export type StoredWarning = {
  flowId: string
  kind: 'removed' | 'read_only' | 'renamed' | 'retyped' | 'options_lost' | 'drift'
  /** Of warnings about a field: where it is; else empty. */
  side: string
  object: string
  field: string
  details: Record<string, string | number | string[]>
  since: Date
}

const COLUMNS = {
  flowId: 'flow_id',
  kind: 'kind',
  side: 'side',
  object: 'object',
  field: 'field',
  details: 'details',
  since: 'since',
} as const

const KEY = ['tenant_id', 'flow_id', 'kind', 'side', 'object', 'field']

const keyOf = (db: TenantDb, { flowId, kind, side, object, field }: Omit<StoredWarning, 'details' | 'since'>) => ({
  tenant_id: db.tenantId,
  flow_id: flowId,
  ...{ kind, side, object, field },
})

/** Of flows that are switched on; of one of them if one is given. The oldest first. */
export const listWarnings = (db: TenantDb, flowId?: string): Promise<StoredWarning[]> =>
  db
    .sql('flow_warnings')
    .where({ tenant_id: db.tenantId, ...(flowId && { flow_id: flowId }) })
    .orderBy(['flow_id', 'since', 'kind', 'field'])
    .select(COLUMNS)

/** True when it is new. One that is known keeps what it said first, so that it can be told when that is so again. */
async function insertWarning(db: TenantDb, { details, since, ...key }: StoredWarning): Promise<boolean> {
  const row = { ...keyOf(db, key), details: JSON.stringify(details), since }
  const inserted = await db.sql('flow_warnings').insert(row).onConflict(KEY).ignore().returning('flow_id')
  return inserted.length > 0
}

/** True when it is new. One that is known says the newest. */
export async function replaceWarning(db: TenantDb, warning: StoredWarning): Promise<boolean> {
  if (await insertWarning(db, warning)) return true
  await db
    .sql('flow_warnings')
    .where(keyOf(db, warning))
    .update({ details: JSON.stringify(warning.details) })
  return false
}

/** True when there was one. */
export const deleteWarning = async (
  db: TenantDb,
  warning: Omit<StoredWarning, 'details' | 'since'>,
): Promise<boolean> => (await db.sql('flow_warnings').where(keyOf(db, warning)).delete()) > 0

/** Of a flow that does nothing any more. */
export async function forgetWarnings(db: TenantDb, flowId: string): Promise<void> {
  await db.sql('flow_warnings').where({ tenant_id: db.tenantId, flow_id: flowId }).delete()
}
