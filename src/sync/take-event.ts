import { listFlowsForEvent, type StartedFlow } from '../flows/flow-store.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { accountAround } from './account-around.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import type { FlowResult } from './flow-result.ts'
import { runDeletion } from './run-deletion.ts'
import { runFlow } from './run-flow.ts'
import { runIdOf } from './run-id.ts'
import { closeLeftRuns, closeRunsOfDelivery } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'

/** The reason of what is parked is the state of the connection that has to be mended. */
export type EventResult = { state: 'done' | 'parked' | 'ignored'; reason: string | null }

/** Whether a flow with the event's trigger waits for this one. */
export type IsMeant = (flow: StartedFlow) => boolean

/**
 * Something happened: through every flow that waits for it. The record is read once, as it is now, since events leave out what
 * is empty, come late and come in any order. Rejects when it should be tried again later.
 */
export async function takeEvent(deps: SyncDeps, event: FlowEvent, isMeant: IsMeant = () => true): Promise<EventResult> {
  const { flows, others } = await startedFlows(deps, event, isMeant)
  if (flows.length === 0) return { state: 'done', reason: 'no_flow' }
  const reading = await read(event)
  const around = await accountAround(deps, event, flows)
  const results: FlowResult[] = []
  for (const flow of flows) {
    const run = { flow, others, reading, around }
    const object = event.isDeletion?.insteadOf === flow.trigger ? syncedObject(flow) : undefined
    results.push(await (object ? runDeletion(deps, event, { ...run, object }) : runFlow(deps, event, run)))
  }
  const later = results.find((result) => result.state === 'later')
  if (later) throw later.error
  const waiting = results.find((result) => result.state === 'waiting')
  return waiting ? { state: 'parked', reason: waiting.reason } : { state: 'done', reason: null }
}

/** Whether a deletion means anything to a flow that waits for changes. */
const minds = (flow: StartedFlow): boolean => flow.definition.onDelete.kind !== 'nothing'

const syncedObject = ({ definition }: StartedFlow): string | undefined =>
  definition.enter.find((step) => step.kind === 'sync')?.object

async function read(event: FlowEvent): Promise<Reading> {
  try {
    return await event.read()
  } catch (error) {
    if (isRefusal(error, 'other_tenant')) return { reason: 'The contact belongs to another account.', isGone: true }
    throw error
  }
}

/** A run that was to be tried again, but whose flow has been switched off since, ends here. */
const startedFlows = (
  deps: SyncDeps,
  event: FlowEvent,
  isMeant: IsMeant,
): Promise<{ flows: StartedFlow[]; others: StartedFlow[] }> =>
  deps.database.asTenant(event.tenantId, async (db) => {
    const triggers = [event.trigger, ...(event.isDeletion ? [event.isDeletion.insteadOf] : [])]
    const { waiting: all, others } = await listFlowsForEvent(db, triggers)
    const waiting = all.filter(isMeant).filter((flow) => event.isDeletion?.insteadOf !== flow.trigger || minds(flow))
    const left = waiting.filter(({ enabled }) => !enabled).map((flow) => runIdOf(event.cause, flow))
    const closing = { outcome: 'skipped', reason: 'The flow was switched off.', at: new Date(deps.now()) } as const
    if (left.length > 0) await closeLeftRuns(db, left, closing)
    return { flows: waiting.filter(({ enabled }) => enabled), others }
  })

/** What nobody works on any more must not look as if it were still waiting. */
export const endEvent = (
  deps: Pick<SyncDeps, 'database' | 'now'>,
  { tenantId, deliveryId }: { tenantId: string; deliveryId: string },
  closing: { outcome: 'skipped' | 'failed'; reason: string },
): Promise<void> =>
  deps.database.asTenant(tenantId, (db) =>
    closeRunsOfDelivery(db, deliveryId, { ...closing, at: new Date(deps.now()) }),
  )
