import { listConnections } from '../connections/connection-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { findConnector, getConnector } from '../connectors/registry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { getFlow, listFlows } from '../flows/flow-store.ts'
import { getVersion } from '../flows/version-store.ts'
import { listWarnings } from '../flows/warning-store.ts'
import { AppError } from '../lib/errors.ts'
import { type FlowView, flowView, type ReadyFlowView, readyFlowViews } from './flow-view.ts'

export type FlowList = { flows: FlowView[]; ready: ReadyFlowView[] }

/** All flows of an account, and those that are ready to be made. */
export const flowList = (deps: { database: Database }, tenantId: string): Promise<FlowList> =>
  deps.database.asTenant(tenantId, async (db) => {
    const [connections, flows, warnings] = [await listConnections(db), await listFlows(db), await listWarnings(db)]
    const known = connections.flatMap((connection) => {
      const connector = findConnector(connection.partner)
      return connector ? [{ connection, connector }] : []
    })
    return {
      flows: known.flatMap(({ connection, connector }) =>
        flows
          .filter(({ connectionId }) => connectionId === connection.id)
          .map((flow) => flowView(flow, connector, warnings)),
      ),
      ready: known.flatMap(({ connection, connector }) => readyFlowViews(connection, connector, flows)),
    }
  })

/** One flow with what its owner set up. */
export const oneFlow = (
  deps: { database: Database },
  { tenantId, flowId }: { tenantId: string; flowId: string },
): Promise<FlowView & { definition: FlowDefinition }> =>
  deps.database.asTenant(tenantId, async (db) => {
    const flow = await getFlow(db, flowId)
    const { definition } = await getVersion(db, flow.id, flow.mappingVersion)
    return { ...flowView(flow, await connectorOf(db, flow.connectionId), await listWarnings(db, flow.id)), definition }
  })

async function connectorOf(db: TenantDb, connectionId: string) {
  const connection = (await listConnections(db)).find(({ id }) => id === connectionId)
  if (!connection) throw new AppError('not_found')
  return getConnector(connection.partner)
}
