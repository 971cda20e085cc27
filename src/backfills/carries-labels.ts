import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { syncStepOf } from './sync-step-of.ts'

/** Whether tags or labels go along with this object. */
export const carriesLabels = (definition: FlowDefinition, object: string): boolean =>
  (syncStepOf(definition, object)?.step.labels.kind ?? 'none') !== 'none'
