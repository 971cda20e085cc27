import type { StartedFlow } from '../flows/flow-store.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import type { Awaiting } from './awaiting-flows.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import type { FlowResult } from './flow-result.ts'
import { runDeletion } from './run-deletion.ts'
import { runFlow } from './run-flow.ts'
import { closeRunsOfDelivery } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'

/** The reason of what is parked is the state of the connection that has to be mended. */
export type EventResult = { state: 'done' | 'parked' | 'ignored'; reason: string | null }

/**
 * Something happened: through every flow that waits for it. The record is read once, as it is now, since events leave out what
 * is empty, come late and come in any order. Rejects when it should be tried again later.
 */
export async function takeEvent(deps: SyncDeps, event: FlowEvent, { flows, others }: Awaiting): Promise<EventResult> {
  if (flows.length === 0) return { state: 'done', reason: 'no_flow' }
  const reading = await read(event)
  const around = await deps.accountAround(event)
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

/** What nobody works on any more must not look as if it were still waiting. */
export const endEvent = (
  deps: Pick<SyncDeps, 'database' | 'now'>,
  { tenantId, deliveryId }: { tenantId: string; deliveryId: string },
  closing: { outcome: 'skipped' | 'failed'; reason: string },
): Promise<void> =>
  deps.database.asTenant(tenantId, (db) =>
    closeRunsOfDelivery(db, deliveryId, { ...closing, at: new Date(deps.now()) }),
  )
