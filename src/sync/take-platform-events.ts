import type { TenantDb } from '../db/database.ts'
import { listAwaitedTriggers } from '../flows/flow-store.ts'
import type { PlatformEvent } from '../flows/platform-event.ts'
import { type EventResult, type TakeEventDeps, takeContactEvent } from './take-contact-event.ts'

export type ToldEvents = {
  tenantId: string
  deliveryId: string
  /** How often the delivery was begun anew. */
  replays: number
  /** Why a flow could not do anything with them at the moment: then they wait, if one would. */
  obstacle: string | null
  /** Made in the transaction that looks for flows, from what else is stored. */
  eventsOf(db: TenantDb): Promise<PlatformEvent[]> | PlatformEvent[]
}

/** `events`: those that were told, whoever waited for them. */
export type ToldResult = EventResult & { events: PlatformEvent[] }

/**
 * What happened, to the flows that wait for it. Where none does, it ends here, and nothing of the account's limit was spent.
 * Rejects when it should be tried again later.
 */
export async function takePlatformEvents(deps: TakeEventDeps, told: ToldEvents): Promise<ToldResult> {
  const { events, awaited } = await deps.database.asTenant(told.tenantId, async (db) => {
    const events = await told.eventsOf(db)
    return {
      events,
      awaited: await listAwaitedTriggers(
        db,
        events.map(({ trigger }) => trigger),
      ),
    }
  })
  if (awaited.size > 0 && told.obstacle) return { state: 'parked', reason: told.obstacle, events }
  const results: EventResult[] = []
  for (const event of events) results.push(await runFlows(deps, told, event, awaited.has(event.trigger)))
  return { ...sumOf(results), events }
}

function sumOf(results: EventResult[]): EventResult {
  const isIdle = results.every(({ reason }) => reason === 'no_flow')
  return (
    results.find(({ state }) => state === 'parked') ??
    results.find(({ state }) => state === 'ignored') ?? { state: 'done', reason: isIdle ? 'no_flow' : null }
  )
}

/** Runs of a changed contact that were left waiting are ended also when no flow waits any more. */
async function runFlows(
  deps: TakeEventDeps,
  { tenantId, deliveryId, replays }: ToldEvents,
  event: PlatformEvent,
  isAwaited: boolean,
): Promise<EventResult> {
  if (event.trigger === 'highlevel.contact_changed')
    return takeContactEvent(deps, { tenantId, deliveryId, replays, contactId: event.recordId })
  // A flow that a newer version made, or one to come: an operator can replay what it missed.
  return isAwaited ? { state: 'ignored', reason: 'newer_flow' } : { state: 'done', reason: 'no_flow' }
}
