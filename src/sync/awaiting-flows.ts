import type { TenantDb } from '../db/database.ts'
import { listFlowsForEvent, type StartedFlow } from '../flows/flow-store.ts'
import type { FlowEvent } from './flow-event.ts'
import { runIdOf } from './run-id.ts'
import { closeLeftRuns } from './run-store.ts'
import { tellsOfChange } from './tells-of-change.ts'

/** Flows that wait for an event; and beside them all that are switched on, since two may be a pair. */
export type Awaiting = { flows: StartedFlow[]; others: StartedFlow[] }

/** Whether a flow with the event's trigger waits for this one. */
export type IsMeant = (flow: StartedFlow) => boolean

/**
 * The flows that wait for each of the events, in one look. A run that was to be tried again, but whose flow has been switched
 * off since, ends here.
 */
export async function awaitingFlows(
  deps: { now(): number },
  db: TenantDb,
  events: readonly FlowEvent[],
  isMeant: IsMeant = () => true,
): Promise<Awaiting[]> {
  if (events.length === 0) return []
  const { waiting, others } = await listFlowsForEvent(db, [...new Set(events.flatMap(triggersOf))])
  const found = events.map((event) => ({
    event,
    flows: waiting.filter((flow) => isMeant(flow) && isAwaiting(event, flow)),
  }))
  const left = found.flatMap(({ event, flows }) =>
    flows.filter(({ enabled }) => !enabled).map((flow) => runIdOf(event.cause, flow)),
  )
  const closing = { outcome: 'skipped', reason: 'The flow was switched off.', at: new Date(deps.now()) } as const
  if (left.length > 0) await closeLeftRuns(db, left, closing)
  return found.map(({ flows }) => ({ flows: flows.filter(({ enabled }) => enabled), others }))
}

const triggersOf = ({ trigger, isDeletion }: FlowEvent): string[] => [
  trigger,
  ...(isDeletion ? [isDeletion.insteadOf] : []),
]

/**
 * To a flow that waits for changes, or keeps records in step, a deletion means what its rule says, and nothing where that says
 * nothing. What happened to somebody happened all the same: an opt-out counts although the record was deleted since.
 */
const isAwaiting = ({ trigger, isDeletion }: FlowEvent, flow: StartedFlow): boolean => {
  if (isDeletion?.insteadOf !== flow.trigger) return flow.trigger === trigger
  const { onDelete, enter } = flow.definition
  return onDelete.kind !== 'nothing' || !(tellsOfChange(flow.trigger) || enter.some(({ kind }) => kind === 'sync'))
}
