import type { SystemDb, TenantDb } from '../../db/database.ts'

/** How far comparing a flow's linked records has come, and what the last look found. Names of fields and numbers only. */
export type DriftCheck = {
  flowId: string
  mappingVersion: number
  /** The record that was looked at last, by the platform's id; null: from the beginning. */
  place: string | null
  checkedAt: Date
  compared: number
  different: number
  /** By field, in how many of the records it differs. */
  fields: Record<string, number>
}

const COLUMNS = {
  flowId: 'flow_id',
  mappingVersion: 'mapping_version',
  place: 'place',
  checkedAt: 'checked_at',
  compared: 'compared',
  different: 'different',
  fields: 'fields',
} as const

export const findDriftCheck = (db: TenantDb, flowId: string): Promise<DriftCheck | undefined> =>
  db.sql('drift_checks').where({ tenant_id: db.tenantId, flow_id: flowId }).first(COLUMNS)

export async function saveDriftCheck(db: TenantDb, check: DriftCheck): Promise<void> {
  const { flowId, mappingVersion, checkedAt, fields, ...same } = check
  const values = {
    ...same,
    mapping_version: mappingVersion,
    checked_at: checkedAt,
    fields: JSON.stringify(fields),
  }
  await db
    .sql('drift_checks')
    .insert({ tenant_id: db.tenantId, flow_id: flowId, ...values })
    .onConflict(['tenant_id', 'flow_id'])
    .merge(values)
}

/** Records that are linked, those behind a place, by the platform's id. */
export type LinkedIds = { highLevelId: string; partnerId: string }

export const listLinkedIds = (
  db: TenantDb,
  { connectionId, object, after, most }: { connectionId: string; object: string; after: string | null; most: number },
): Promise<LinkedIds[]> =>
  db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object })
    .whereRaw("highlevel_id > coalesce(:after, '')", { after })
    .orderBy('highlevel_id')
    .limit(most)
    .select({ highLevelId: 'highlevel_id', partnerId: 'partner_id' })

/** Flows that keep records in step, are switched on, and were not looked at since then; of connections in use. */
export async function listFlowsToCheck(db: SystemDb, since: Date): Promise<{ tenantId: string; flowId: string }[]> {
  const { rows } = await db.sql.raw<{ rows: { tenantId: string; flowId: string }[] }>(
    `select f.tenant_id as "tenantId", f.id as "flowId"
     from flows f
     join connections c on c.tenant_id = f.tenant_id and c.id = f.connection_id and c.status = 'active'
     join installations i on i.tenant_id = f.tenant_id and i.status = 'active'
     join mapping_versions v on v.tenant_id = f.tenant_id and v.flow_id = f.id and v.version = f.mapping_version
     where f.enabled and v.definition -> 'enter' @> '[{"kind": "sync"}]' and not exists (
       select from drift_checks d where d.tenant_id = f.tenant_id and d.flow_id = f.id and d.checked_at >= :since)
     order by f.tenant_id, f.id`,
    { since },
  )
  return rows
}
