import type { FlowDefinition, SyncStep } from '../connectors/flow-definition.ts'

/** The step that keeps this object in step, if the flow has one; and the side that it starts from. */
export function syncStepOf(
  { trigger, enter }: FlowDefinition,
  object: string,
): { step: SyncStep; source: 'highlevel' | 'partner' } | undefined {
  const step = enter.find((one): one is SyncStep => one.kind === 'sync' && one.object === object)
  return step && { step, source: trigger.startsWith('highlevel.') ? 'highlevel' : 'partner' }
}
