import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import { changedParts } from './changed-parts.ts'
import { readForCheck, refuseFaulty } from './check-flow.ts'
import { type Flow, getFlow, getFlowForChange, updateFlow } from './flow-store.ts'
import type { CatalogueDeps } from './read-catalogue.ts'
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
export const saveVersion = (deps: CatalogueDeps, input: NewVersion & { tenantId: string }): Promise<number> =>
  addVersion(deps, { ...input, action: 'flow.saved' })

/** Makes what an earlier version said the flow's next version; its number. */
export async function restoreVersion(
  deps: CatalogueDeps,
  input: Omit<NewVersion, 'definition'> & { tenantId: string; version: number },
): Promise<number> {
  const { definition } = await deps.database.asTenant(input.tenantId, async (db) =>
    getVersion(db, (await getFlow(db, input.flowId)).id, input.version),
  )
  return addVersion(deps, { ...input, definition, action: 'flow.restored', restored: input.version })
}

type Change = NewVersion & { tenantId: string; action: 'flow.saved' | 'flow.restored'; restored?: number }

async function addVersion(deps: CatalogueDeps, change: Change): Promise<number> {
  const { enabled } = await deps.database.asTenant(change.tenantId, (db) => getFlow(db, change.flowId))
  if (enabled) await readForCheck(deps, change)
  return deps.database.asTenant(change.tenantId, async (db) => {
    const flow = await getFlowForChange(db, change.flowId)
    refuseOutdated(flow, change.basedOn)
    const before = await getVersion(db, flow.id, flow.mappingVersion)
    if (canonicalJson(before.definition) === canonicalJson(change.definition)) return flow.mappingVersion
    if (flow.enabled) await refuseFaulty(db, flow, change.definition)
    return keepVersion(db, flow, { ...change, before: before.definition, at: deps.now() })
  })
}

function refuseOutdated({ mappingVersion }: Flow, basedOn: number): void {
  if (basedOn === mappingVersion) return
  throw new AppError('conflict', {
    detail: `This flow was changed in the meantime: it is at version ${mappingVersion}, and yours began with ${basedOn}. Reload, and make your changes again.`,
  })
}

async function keepVersion(
  db: TenantDb,
  flow: Flow,
  { definition, actor, action, restored, before, at }: Change & { before: FlowDefinition; at: number },
): Promise<number> {
  const version = flow.mappingVersion + 1
  await insertVersion(db, { flowId: flow.id, version, definition, author: actor.id, at: new Date(at) })
  await updateFlow(db, flow.id, { trigger: definition.trigger, mappingVersion: version }, new Date(at))
  await clearSettledWarnings(db, { ...flow, definition }, { actor, at })
  await recordAudit(db, {
    action,
    actor,
    target: `flow/${flow.id}`,
    fields: changedParts(before, definition),
    details: { version, ...(restored !== undefined && { restored }) },
    at,
  })
  return version
}
