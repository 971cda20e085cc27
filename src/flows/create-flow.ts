import type { Actor } from '../audit/audit-entry.ts'
import { getConnection } from '../connections/connection-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { getConnector } from '../connectors/registry.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { countFlows, getFlow } from './flow-store.ts'
import { makeFlow } from './make-flow.ts'
import { getVersion } from './version-store.ts'

export type FlowDeps = { database: Database; now: Clock }

/** What a flow is made from: one that is ready, an owner's own definition, or another flow. */
export type FlowOrigin =
  | { kind: 'ready'; connectionId: string; key: string; name?: string | undefined }
  | { kind: 'own'; connectionId: string; name: string; definition: FlowDefinition }
  | { kind: 'copy'; flowId: string; name: string }

/** For one connection; more than anybody can keep in view. */
const MOST_FLOWS = 200

/** Makes a flow, switched off: nothing happens before its owner has looked at it. Its id. */
export const createFlow = (
  deps: FlowDeps,
  input: { tenantId: string; origin: FlowOrigin; actor: Actor },
): Promise<string> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const flow = await originOf(db, input.origin)
    if ((await countFlows(db, flow.connectionId)) >= MOST_FLOWS) throw new AppError('conflict', { detail: TOO_MANY })
    return makeFlow(db, { ...flow, enabled: false }, input.actor, deps.now())
  })

const TOO_MANY = `There are ${MOST_FLOWS} flows here already. Delete one that is no longer needed first.`

async function originOf(db: TenantDb, origin: FlowOrigin) {
  if (origin.kind === 'copy') {
    const { id, connectionId, template, mappingVersion } = await getFlow(db, origin.flowId)
    const { definition } = await getVersion(db, id, mappingVersion)
    return { connectionId, template, name: origin.name, definition, copyOf: id }
  }
  const { id: connectionId, partner } = await getConnection(db, origin.connectionId)
  if (origin.kind === 'own') return { connectionId, template: null, name: origin.name, definition: origin.definition }
  const ready = getConnector(partner).flows?.find(({ key }) => key === origin.key)
  if (!ready) throw new AppError('not_found')
  const { key: template, name, definition } = ready
  return { connectionId, template, name: origin.name ?? name, definition }
}
