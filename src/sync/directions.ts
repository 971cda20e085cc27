import type { SyncStep } from '../connectors/flow-definition.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { FieldValues } from '../lib/field.ts'
import { type Direction, otherSide, type PlanInput, type SideName } from './plan/record-plan.ts'

const directionOf = (step: SyncStep, extras: FieldValues): Direction => ({
  rows: step.rows,
  consent: step.consent,
  labels: step.labels,
  creates: step.creates,
  extras,
})

/** Which side a flow starts from. */
export const sideOf = ({ trigger }: Pick<StartedFlow, 'trigger'>): SideName =>
  trigger.startsWith('highlevel.') ? 'highlevel' : 'partner'

export const syncStepOf = ({ definition }: Pick<StartedFlow, 'definition'>, object: string): SyncStep | undefined =>
  definition.enter.find((step): step is SyncStep => step.kind === 'sync' && step.object === object)

/** What the step carries, and what its pair carries back. */
export function directionsOf(
  step: SyncStep,
  around: { from: SideName; extras: FieldValues; opposite: StartedFlow | undefined },
): PlanInput['directions'] {
  const back = around.opposite && syncStepOf(around.opposite, step.object)
  return {
    [otherSide(around.from)]: directionOf(step, around.extras),
    ...(back && { [around.from]: directionOf(back, {}) }),
  }
}

/** The flow that carries the same object the other way, if one does. The first, where there are several. */
export const oppositeOf = (
  flow: StartedFlow,
  step: SyncStep,
  others: readonly StartedFlow[],
): StartedFlow | undefined =>
  others.find(
    (other) =>
      other.id !== flow.id &&
      other.enabled &&
      other.connectionId === flow.connectionId &&
      sideOf(other) !== sideOf(flow) &&
      syncStepOf(other, step.object) !== undefined,
  )
