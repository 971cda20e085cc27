import type { FlowEvent } from './flow-event.ts'
import type { RunContext } from './run-context.ts'
import type { FlowRun } from './run-flow.ts'

export const contextOf = (
  event: FlowEvent,
  { flow, around, log, open, runId }: Pick<FlowRun, 'flow' | 'around'> & Pick<RunContext, 'open' | 'runId' | 'log'>,
): RunContext => ({
  tenantId: event.tenantId,
  locationId: event.locationId,
  runId,
  flow,
  opposite: undefined,
  open,
  from: event.from,
  recordId: event.recordId,
  contactId: event.contactId,
  at: event.at,
  quiet: event.quiet,
  around,
  extras: Object.fromEntries(Object.entries(event.data).map(([key, value]) => [`event.${key}`, value])),
  log,
})
