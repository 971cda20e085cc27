import { getConnection } from '../connections/connection-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { FlowDefinition, FlowStep } from '../connectors/flow-definition.ts'
import { getConnector } from '../connectors/registry.ts'
import type { TenantDb } from '../db/database.ts'
import { PLATFORM_TRIGGERS } from '../highlevel/events/triggers.ts'
import { AppError } from '../lib/errors.ts'
import { withBranches } from './changed-parts.ts'
import type { FlowDeps } from './create-flow.ts'
import { type Flow, getFlow } from './flow-store.ts'

/** What keeps a flow from being carried out: where, and a sentence for its owner. */
export type Fault = { path: string; sentence: string }

/** Rejects with a sentence for each fault. */
export async function refuseFaulty(
  db: TenantDb,
  { connectionId }: Pick<Flow, 'connectionId'>,
  definition: FlowDefinition,
): Promise<void> {
  const { partner } = await getConnection(db, connectionId)
  const faults = faultsOf(definition, getConnector(partner))
  if (faults.length === 0) return
  const fields = Object.fromEntries(faults.map(({ path, sentence }) => [path, sentence]))
  throw new AppError('invalid_input', { detail: faults[0]?.sentence ?? '', fields })
}

/** The same for an owner who is still at it. */
export const findFaults = (
  deps: FlowDeps,
  input: { tenantId: string; flowId: string; definition: FlowDefinition },
): Promise<Fault[]> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const { partner } = await getConnection(db, (await getFlow(db, input.flowId)).connectionId)
    return faultsOf(input.definition, getConnector(partner))
  })

function faultsOf(definition: FlowDefinition, connector: Connector): Fault[] {
  const { trigger, enter, leave } = definition
  const steps = [...enter, ...leave].flatMap(withBranches)
  return [
    ...(triggersOf(connector).includes(trigger) ? [] : [{ path: 'trigger', sentence: NO_TRIGGER }]),
    ...(steps.length > 0 ? [] : [{ path: 'enter', sentence: NOTHING_DONE }]),
    ...steps.flatMap((step) => stepFaults(step, connector)),
  ]
}

const NO_TRIGGER = 'Choose what starts this flow.'
const NOTHING_DONE = 'Choose what this flow does.'

const triggersOf = ({ key, triggers, inbound }: Connector): string[] => [
  ...PLATFORM_TRIGGERS,
  ...[...triggers, ...(inbound?.triggers ?? [])].map((trigger) => `${key}.${trigger.key}`),
]

function stepFaults(step: FlowStep, { name, key, objects, actions }: Connector): Fault[] {
  if (step.kind === 'sync') {
    const isThere = objects.some((object) => object.key === step.object)
    return isThere ? [] : [{ path: step.id, sentence: `${name} has nothing of the kind "${step.object}".` }]
  }
  const [side, action] = [step.operation.split('.')[0], step.operation.slice(step.operation.indexOf('.') + 1)]
  if (side !== key || actions.some((one) => one.key === action)) return []
  return [{ path: step.id, sentence: `${name} has no action "${action}" any more.` }]
}
