import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { checkFlow, readForCheck } from './check-flow.ts'
import { getFlow } from './flow-store.ts'
import type { CatalogueDeps } from './read-catalogue.ts'
import type { Finding } from './validation/finding.ts'

/** `problems` keep a flow from being switched on; `hints` are what its owner should know. */
export type Checked = { problems: Finding[]; hints: Finding[] }

/** Whether what an owner has in hand could be carried out. Nothing is kept. */
export async function checkDefinition(
  deps: CatalogueDeps,
  input: { tenantId: string; flowId: string; definition: FlowDefinition },
): Promise<Checked> {
  await readForCheck(deps, input)
  return deps.database.asTenant(input.tenantId, async (db) => {
    const checked = await checkFlow(db, await getFlow(db, input.flowId), input.definition)
    return 'problems' in checked ? { problems: checked.problems, hints: [] } : { problems: [], hints: checked.hints }
  })
}
