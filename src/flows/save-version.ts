import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import { changedParts } from './changed-parts.ts'
import { refuseFaulty } from './check-flow.ts'
import type { FlowDeps } from './create-flow.ts'
import { type Flow, getFlowForChange, updateFlow } from './flow-store.ts'
import { getVersion, insertVersion } from './version-store.ts'
import { clearSettledWarnings } from './warnings.ts'

export type NewVersion = {
  flowId: string
  /** The version that the change was made on: refused when there is a newer one by now. */
  basedOn: number
  definition: FlowDefinition
  actor: Actor
}

/**
 * Keeps what the owner changed as the flow's next version; its number. The same as before makes none. A flow that is switched
 * on takes nothing that could not be carried out; one that is off keeps whatever was begun.
 */
export const saveVersion = (deps: FlowDeps, input: NewVersion & { tenantId: string }): Promise<number> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const flow = await getFlowForChange(db, input.flowId)
    refuseOutdated(flow, input.basedOn)
    return addVersion(deps, db, flow, { ...input, action: 'flow.saved' })
  })

/** Makes what an earlier version said the flow's next version; its number. */
export const restoreVersion = (
  deps: FlowDeps,
  input: Omit<NewVersion, 'definition'> & { tenantId: string; version: number },
): Promise<number> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const flow = await getFlowForChange(db, input.flowId)
    refuseOutdated(flow, input.basedOn)
    const { definition } = await getVersion(db, flow.id, input.version)
    return addVersion(deps, db, flow, { ...input, definition, action: 'flow.restored', restored: input.version })
  })

function refuseOutdated({ mappingVersion }: Flow, basedOn: number): void {
  if (basedOn === mappingVersion) return
  throw new AppError('conflict', {
    detail: `This flow was changed in the meantime: it is at version ${mappingVersion}, and yours began with ${basedOn}. Reload, and make your changes again.`,
  })
}

async function addVersion(
  deps: FlowDeps,
  db: TenantDb,
  flow: Flow,
  change: NewVersion & { action: 'flow.saved' | 'flow.restored'; restored?: number },
): Promise<number> {
  const { definition, actor, action, restored } = change
  const before = await getVersion(db, flow.id, flow.mappingVersion)
  if (canonicalJson(before.definition) === canonicalJson(definition)) return flow.mappingVersion
  if (flow.enabled) await refuseFaulty(db, flow, definition)
  const [version, at] = [flow.mappingVersion + 1, deps.now()]
  await insertVersion(db, { flowId: flow.id, version, definition, author: actor.id, at: new Date(at) })
  await updateFlow(db, flow.id, { trigger: definition.trigger, mappingVersion: version }, new Date(at))
  await clearSettledWarnings(db, { ...flow, definition }, { actor, at })
  await recordAudit(db, {
    action,
    actor,
    target: `flow/${flow.id}`,
    fields: changedParts(before.definition, definition),
    details: { version, ...(restored !== undefined && { restored }) },
    at,
  })
  return version
}
