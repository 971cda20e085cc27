import type { TenantDb } from '../db/database.ts'

type Place = { flowId: string; recordId: string }

const where = (db: TenantDb, { flowId, recordId }: Place) => ({
  tenant_id: db.tenantId,
  flow_id: flowId,
  record_id: recordId,
})

/** Whether it was in before this run looked. */
export async function wasMember(db: TenantDb, place: Place, runId: string): Promise<boolean> {
  const row = await db.sql('flow_members').where(where(db, place)).first('is_in', 'changed_by')
  if (!row) return false
  return row.changed_by === runId ? !row.is_in : row.is_in
}

export async function keepMember(
  db: TenantDb,
  place: Place,
  change: { isIn: boolean; runId: string; at: Date },
): Promise<void> {
  const values = { is_in: change.isIn, changed_by: change.runId, changed_at: change.at }
  await db
    .sql('flow_members')
    .insert({ ...where(db, place), ...values })
    .onConflict(['tenant_id', 'flow_id', 'record_id'])
    .merge(values)
}
