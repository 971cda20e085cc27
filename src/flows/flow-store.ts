import type { FlowTrigger, MappingRow } from '../connectors/connector.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'

export type Flow = {
  id: string
  connectionId: string
  /** The template it was made from. */
  template: string
  name: string
  trigger: FlowTrigger
  enabled: boolean
  mappingVersion: number
}

const COLUMNS = {
  id: 'flows.id',
  connectionId: 'flows.connection_id',
  template: 'flows.template',
  name: 'flows.name',
  trigger: 'flows.trigger',
  enabled: 'flows.enabled',
  mappingVersion: 'flows.mapping_version',
} as const

export async function insertFlow(
  db: TenantDb,
  flow: Flow & { rows: MappingRow[]; definition: FlowDefinition; author: string; at: Date },
): Promise<void> {
  const { connectionId, mappingVersion, rows, definition, author, at, ...same } = flow
  await db.sql('flows').insert({
    ...same,
    tenant_id: db.tenantId,
    connection_id: connectionId,
    mapping_version: mappingVersion,
    created_at: at,
    updated_at: at,
  })
  await db.sql('mapping_versions').insert({
    tenant_id: db.tenantId,
    flow_id: flow.id,
    version: mappingVersion,
    rows: JSON.stringify(rows),
    definition: JSON.stringify(definition),
    author,
    created_at: at,
  })
}

/** Flows of living connections. */
export const listFlows = (db: TenantDb): Promise<Flow[]> =>
  db
    .sql('flows')
    .join('connections', { 'connections.tenant_id': 'flows.tenant_id', 'connections.id': 'flows.connection_id' })
    .where('flows.tenant_id', db.tenantId)
    .whereNot('connections.status', 'disconnected')
    .orderBy('flows.id')
    .select(COLUMNS)

/** What an event sets in motion: the flow and its mapping as they are now. */
export type StartedFlow = Flow & { rows: MappingRow[]; definition: FlowDefinition }

/** Those that are switched off as well. */
export const listFlowsOf = (db: TenantDb, trigger: FlowTrigger): Promise<StartedFlow[]> =>
  db
    .sql('flows')
    .join('mapping_versions', {
      'mapping_versions.tenant_id': 'flows.tenant_id',
      'mapping_versions.flow_id': 'flows.id',
      'mapping_versions.version': 'flows.mapping_version',
    })
    .where({ 'flows.tenant_id': db.tenantId, trigger })
    .orderBy('flows.id')
    .select({ ...COLUMNS, rows: 'mapping_versions.rows', definition: 'mapping_versions.definition' })

/** One flow with its mapping as it is now, switched on or off. */
export const findStartedFlow = (db: TenantDb, id: string): Promise<StartedFlow | undefined> =>
  db
    .sql('flows')
    .join('mapping_versions', {
      'mapping_versions.tenant_id': 'flows.tenant_id',
      'mapping_versions.flow_id': 'flows.id',
      'mapping_versions.version': 'flows.mapping_version',
    })
    .where({ 'flows.tenant_id': db.tenantId, 'flows.id': id })
    .first({ ...COLUMNS, rows: 'mapping_versions.rows', definition: 'mapping_versions.definition' })

/** Which of these some flow that is switched on is started by. */
export async function listAwaitedTriggers(db: TenantDb, triggers: readonly string[]): Promise<Set<string>> {
  const awaited = db
    .sql('flows')
    .where({ tenant_id: db.tenantId, enabled: true })
    .whereIn('trigger', [...triggers])
  return new Set(await awaited.distinct('trigger').pluck('trigger'))
}

/** True when the switch moved. */
export async function switchFlow(db: TenantDb, id: string, enabled: boolean, at: Date): Promise<boolean> {
  const flow = await db.sql('flows').where({ tenant_id: db.tenantId, id }).forUpdate().first('enabled')
  if (!flow) throw new AppError('not_found')
  if (flow.enabled === enabled) return false
  await db.sql('flows').where({ tenant_id: db.tenantId, id }).update({ enabled, updated_at: at })
  return true
}

export async function switchFlowsOff(db: TenantDb, connectionId: string, at: Date): Promise<void> {
  await db
    .sql('flows')
    .where({ tenant_id: db.tenantId, connection_id: connectionId })
    .update({ enabled: false, updated_at: at })
}
