import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { readForCheck, refuseFaulty } from './check-flow.ts'
import type { FlowDeps } from './create-flow.ts'
import { getFlow, getFlowForChange, markFlowDeleted, updateFlow } from './flow-store.ts'
import type { CatalogueDeps } from './read-catalogue.ts'
import { getVersion } from './version-store.ts'
import { forgetWarnings } from './warning-store.ts'

type Change = { tenantId: string; flowId: string; actor: Actor }

export const renameFlow = (deps: FlowDeps, input: Change & { name: string }): Promise<void> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const { id, name } = await getFlowForChange(db, input.flowId)
    if (name === input.name) return
    const at = deps.now()
    await updateFlow(db, id, { name: input.name }, new Date(at))
    await recordAudit(db, {
      ...{ action: 'flow.renamed', actor: input.actor, target: `flow/${id}` },
      ...{ fields: ['name'], at },
    })
  })

/** Refuses to switch on what could not be carried out, and says what is wrong with it. */
export async function switchFlow(deps: CatalogueDeps, input: Change & { enabled: boolean }): Promise<void> {
  const { tenantId, flowId, enabled, actor } = input
  if (enabled) await readForSwitch(deps, input)
  await deps.database.asTenant(tenantId, async (db) => {
    const flow = await getFlowForChange(db, flowId)
    if (flow.enabled === enabled) return
    const { definition } = await getVersion(db, flow.id, flow.mappingVersion)
    if (enabled) await refuseFaulty(db, flow, definition)
    else await forgetWarnings(db, flow.id)
    const at = deps.now()
    await updateFlow(db, flow.id, { enabled }, new Date(at))
    const action = enabled ? 'flow.switched_on' : 'flow.switched_off'
    await recordAudit(db, { action, actor, target: `flow/${flow.id}`, fields: ['enabled'], at })
  })
}

async function readForSwitch(deps: CatalogueDeps, { tenantId, flowId }: Change): Promise<void> {
  const { definition } = await deps.database.asTenant(tenantId, async (db) => {
    const { id, mappingVersion } = await getFlow(db, flowId)
    return getVersion(db, id, mappingVersion)
  })
  await readForCheck(deps, { tenantId, flowId, definition })
}

/** Its versions and what it did stay on record. */
export const deleteFlow = (deps: FlowDeps, input: Change): Promise<void> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const { id } = await getFlowForChange(db, input.flowId)
    const at = deps.now()
    await markFlowDeleted(db, id, new Date(at))
    await forgetWarnings(db, id)
    await recordAudit(db, { action: 'flow.deleted', actor: input.actor, target: `flow/${id}`, at })
  })
