import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'

/** What an owner set up at one time, and who it was. Versions of a flow count from 1 and are all kept. */
export type FlowVersion = {
  flowId: string
  version: number
  definition: FlowDefinition
  /** The actor's id. */
  author: string
  at: Date
}

const COLUMNS = {
  flowId: 'flow_id',
  version: 'version',
  definition: 'definition',
  author: 'author',
  at: 'created_at',
} as const

/** The next of a flow that is held for change: two of one number are refused. */
export async function insertVersion(db: TenantDb, { flowId, definition, at, ...same }: FlowVersion): Promise<void> {
  await db.sql('mapping_versions').insert({
    ...same,
    tenant_id: db.tenantId,
    flow_id: flowId,
    definition: JSON.stringify(definition),
    created_at: at,
  })
}

export async function getVersion(db: TenantDb, flowId: string, version: number): Promise<FlowVersion> {
  const where = { tenant_id: db.tenantId, flow_id: flowId, version }
  const found = await db.sql('mapping_versions').where(where).first(COLUMNS)
  if (!found) throw new AppError('not_found')
  return found
}

/** Newest first, those before a number if one is given. */
export const listVersions = (
  db: TenantDb,
  flowId: string,
  { before, most }: { before: number | null; most: number },
): Promise<FlowVersion[]> =>
  db
    .sql('mapping_versions')
    .where({ tenant_id: db.tenantId, flow_id: flowId })
    .whereRaw('version < coalesce(:before::int, version + 1)', { before })
    .orderBy('version', 'desc')
    .limit(most)
    .select(COLUMNS)
