import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { insertVersion } from './version-store.ts'

export type Flow = {
  id: string
  connectionId: string
  /** The ready flow it was made from; null where it was made from nothing. */
  template: string | null
  name: string
  /** That of its definition as it is now. */
  trigger: string
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

export type NewFlow = Pick<Flow, 'id' | 'connectionId' | 'template' | 'name' | 'enabled'> & {
  definition: FlowDefinition
  author: string
  at: Date
}

/** With its first version. */
export async function insertFlow(db: TenantDb, flow: NewFlow): Promise<void> {
  const { connectionId, definition, author, at, ...same } = flow
  await db.sql('flows').insert({
    ...same,
    tenant_id: db.tenantId,
    connection_id: connectionId,
    trigger: definition.trigger,
    mapping_version: 1,
    created_at: at,
    updated_at: at,
  })
  await insertVersion(db, { flowId: flow.id, version: 1, definition, author, at })
}

/** Flows of living connections. */
const living = (db: TenantDb) =>
  db
    .sql('flows')
    .join('connections', { 'connections.tenant_id': 'flows.tenant_id', 'connections.id': 'flows.connection_id' })
    .where('flows.tenant_id', db.tenantId)
    .whereNull('flows.deleted_at')
    .whereNot('connections.status', 'disconnected')

export const listFlows = (db: TenantDb): Promise<Flow[]> => living(db).orderBy('flows.id').select(COLUMNS)

export async function getFlow(db: TenantDb, id: string): Promise<Flow> {
  const flow = await living(db).where('flows.id', id).first(COLUMNS)
  if (!flow) throw new AppError('not_found')
  return flow
}

/** Locked until the transaction ends, so that whoever changes it next sees what was changed. */
export async function getFlowForChange(db: TenantDb, id: string): Promise<Flow> {
  await db.sql('flows').where({ tenant_id: db.tenantId, id }).forUpdate().first('id')
  return getFlow(db, id)
}

export const countFlows = async (db: TenantDb, connectionId: string): Promise<number> => {
  const [row] = await living(db).where({ connection_id: connectionId }).count<{ count: number }[]>('flows.id')
  return Number(row?.count)
}

/** What an event sets in motion: the flow and its mapping as they are now. */
export type StartedFlow = Flow & { definition: FlowDefinition }

const withDefinition = (db: TenantDb) =>
  db
    .sql('flows')
    .join('mapping_versions', {
      'mapping_versions.tenant_id': 'flows.tenant_id',
      'mapping_versions.flow_id': 'flows.id',
      'mapping_versions.version': 'flows.mapping_version',
    })
    .where('flows.tenant_id', db.tenantId)
    .orderBy('flows.id')
    .select({ ...COLUMNS, definition: 'mapping_versions.definition' })

/** Those that are switched on: of one connection, or of all. */
export const listRunningFlows = (db: TenantDb, connectionId?: string): Promise<StartedFlow[]> =>
  withDefinition(db).where({ enabled: true, ...(connectionId && { connection_id: connectionId }) })

/** Those that an event starts, switched off or not; and beside them all that are switched on. */
export async function listFlowsForEvent(
  db: TenantDb,
  triggers: readonly string[],
): Promise<{ waiting: StartedFlow[]; others: StartedFlow[] }> {
  const flows: StartedFlow[] = await withDefinition(db).where((wanted) =>
    wanted.whereIn('flows.trigger', [...triggers]).orWhere({ 'flows.enabled': true }),
  )
  return {
    waiting: flows.filter((flow) => triggers.includes(flow.trigger)),
    others: flows.filter(({ enabled }) => enabled),
  }
}

/** One flow with its mapping as it is now, switched on or off. */
export const findStartedFlow = async (db: TenantDb, id: string): Promise<StartedFlow | undefined> =>
  (await withDefinition(db).where({ 'flows.id': id }))[0]

/** Which of these some flow that is switched on is started by. */
export async function listAwaitedTriggers(db: TenantDb, triggers: readonly string[]): Promise<Set<string>> {
  const awaited = db
    .sql('flows')
    .where({ tenant_id: db.tenantId, enabled: true })
    .whereIn('trigger', [...triggers])
  return new Set(await awaited.distinct('trigger').pluck('trigger'))
}

export type FlowChange = Partial<{ name: string; enabled: boolean; trigger: string; mappingVersion: number }>

/** Of a flow that is held for change. */
export async function updateFlow(db: TenantDb, id: string, change: FlowChange, at: Date): Promise<void> {
  const { mappingVersion, ...same } = change
  await db
    .sql('flows')
    .where({ tenant_id: db.tenantId, id })
    .update({ ...same, ...(mappingVersion && { mapping_version: mappingVersion }), updated_at: at })
}

/** What it did stays on record, and so do its versions. */
export async function markFlowDeleted(db: TenantDb, id: string, at: Date): Promise<void> {
  await db.sql('flows').where({ tenant_id: db.tenantId, id }).update({ enabled: false, deleted_at: at, updated_at: at })
}

export async function switchFlowsOff(db: TenantDb, connectionId: string, at: Date): Promise<void> {
  await db
    .sql('flows')
    .where({ tenant_id: db.tenantId, connection_id: connectionId })
    .update({ enabled: false, updated_at: at })
}
