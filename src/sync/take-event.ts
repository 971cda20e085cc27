import { isRefusal } from '../highlevel/refusal.ts'
import { listFlowsForEvent, type StartedFlow } from '../flows/flow-store.ts'
import { accountAround } from './account-around.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import type { FlowResult } from './flow-result.ts'
import { runDeletion } from './run-deletion.ts'
import { runFlow } from './run-flow.ts'
import { runIdOf } from './run-id.ts'
import { closeLeftRuns } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'

/** The reason of what is parked is the state of the connection that has to be mended. */
export type EventResult = { state: 'done' | 'parked' | 'ignored'; reason: string | null }

/**
 * Something happened: through every flow that waits for it. The record is read once, as it is now, since events leave out what
 * is empty, come late and come in any order. Rejects when it should be tried again later.
 */
export async function takeEvent(deps: SyncDeps, event: FlowEvent, connectionId?: string): Promise<EventResult> {
  const { flows, others } = await startedFlows(deps, event, connectionId)
  if (flows.length === 0) return { state: 'done', reason: 'no_flow' }
  const reading = await read(event)
  const around = await accountAround(deps, event, flows)
  const results: FlowResult[] = []
  for (const flow of flows) {
    const run = { flow, others, reading, around }
    results.push(await (isDeletion(event) ? runDeletion(deps, event, run) : runFlow(deps, event, run)))
  }
  const later = results.find((result) => result.state === 'later')
  if (later) throw later.error
  const waiting = results.find((result) => result.state === 'waiting')
  return waiting ? { state: 'parked', reason: waiting.reason } : { state: 'done', reason: null }
}

const isDeletion = ({ trigger }: FlowEvent): boolean => trigger.endsWith('.contact_deleted')

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
  connectionId: string | undefined,
): Promise<{ flows: StartedFlow[]; others: StartedFlow[] }> =>
  deps.database.asTenant(event.tenantId, async (db) => {
    const { waiting, others } = await listFlowsForEvent(db, event.trigger, connectionId)
    const left = waiting.filter(({ enabled }) => !enabled).map((flow) => runIdOf(event.cause, flow))
    const closing = { outcome: 'skipped', reason: 'The flow was switched off.', at: new Date(deps.now()) } as const
    if (left.length > 0) await closeLeftRuns(db, left, closing)
    return { flows: waiting.filter(({ enabled }) => enabled), others }
  })

/** What nobody works on any more must not look as if it were still waiting. */
export const endEvent = (
  deps: Pick<SyncDeps, 'database' | 'now'>,
  event: Pick<FlowEvent, 'tenantId' | 'cause'> & { trigger: string },
  closing: { outcome: 'skipped' | 'failed'; reason: string },
): Promise<void> =>
  deps.database.asTenant(event.tenantId, async (db) => {
    const { waiting } = await listFlowsForEvent(db, event.trigger)
    const runs = waiting.map((flow) => runIdOf(event.cause, flow))
    await closeLeftRuns(db, runs, { ...closing, at: new Date(deps.now()) })
  })
