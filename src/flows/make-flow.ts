import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { newId } from '../lib/ids.ts'
import { insertFlow } from './flow-store.ts'

export type FlowToMake = {
  connectionId: string
  /** The ready flow that it is made from. */
  template: string | null
  name: string
  enabled: boolean
  definition: FlowDefinition
  /** The flow that it is a copy of. */
  copyOf?: string
}

/** Makes a flow in the transaction in hand; its id. */
export async function makeFlow(db: TenantDb, flow: FlowToMake, actor: Actor, at: number): Promise<string> {
  const { copyOf, ...same } = flow
  const id = newId()
  await insertFlow(db, { ...same, id, author: actor.id, at: new Date(at) })
  await recordAudit(db, {
    action: 'flow.created',
    actor,
    target: `flow/${id}`,
    details: {
      ...(flow.template !== null && { template: flow.template }),
      ...(copyOf !== undefined && { copyOf }),
      enabled: flow.enabled,
    },
    at,
  })
  return id
}
