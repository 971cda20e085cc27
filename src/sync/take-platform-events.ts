import type { TenantDb } from '../db/database.ts'
import type { PlatformEvent } from '../flows/platform-event.ts'
import { activityRecord, changeInsteadOf, placedEvent } from './activity-event.ts'
import { type Awaiting, awaitingFlows } from './awaiting-flows.ts'
import { flatFields } from './flat-fields.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import { isEchoOfImport } from './is-echo-of-import.ts'
import { platformSide } from './sides/platform-side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { type EventResult, takeEvent } from './take-event.ts'

export type ToldEvents = {
  tenantId: string
  locationId: string
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

const CONTACT_CREATED = 'highlevel.contact_created'
const CONTACT_DELETED = 'highlevel.contact_deleted'

/**
 * What happened, to the flows that wait for it. Where none does, it ends here, and nothing of the account's limit was spent.
 * Rejects when it should be tried again later.
 */
export async function takePlatformEvents(deps: SyncDeps, told: ToldEvents): Promise<ToldResult> {
  const readContact = once((contactId: string) => readContactOf(deps, told, contactId))
  const { events, found } = await deps.database.asTenant(told.tenantId, async (db) => {
    const events = await told.eventsOf(db)
    const flowEvents = events.map((event) => flowEventOf(told, event, readContact))
    const awaiting = await awaitingFlows(deps, db, flowEvents)
    return { events, found: events.map((event, index) => ({ event, awaiting: awaiting[index] ?? NOBODY })) }
  })
  const isAwaited = found.some(({ awaiting }) => awaiting.flows.length > 0)
  if (isAwaited && told.obstacle) return { state: 'parked', reason: told.obstacle, events }
  const results: EventResult[] = []
  const isCreation = events.some(({ trigger }) => trigger === CONTACT_CREATED)
  for (const { event, awaiting } of found) {
    const flowEvent = flowEventOf(told, event, readContact)
    if (await isEchoOfImport(deps, { event, flowEvent, flows: awaiting.flows, isCreation })) {
      results.push({ state: 'done', reason: null })
      continue
    }
    const placed = awaiting.flows.length > 0 ? await placedEvent(event) : event
    results.push(await takeEvent(deps, flowEventOf(told, placed, readContact), awaiting))
  }
  return { ...sumOf(results), events }
}

const NOBODY: Awaiting = { flows: [], others: [] }

function sumOf(results: EventResult[]): EventResult {
  const isIdle = results.every(({ reason }) => reason === 'no_flow')
  return (
    results.find(({ state }) => state === 'parked') ??
    results.find(({ state }) => state === 'ignored') ?? { state: 'done', reason: isIdle ? 'no_flow' : null }
  )
}

type ReadContact = (contactId: string) => Promise<Reading>

const deletionOf = (event: PlatformEvent): Pick<FlowEvent, 'isDeletion'> => {
  const insteadOf = changeInsteadOf(event)
  return insteadOf === undefined ? {} : { isDeletion: { insteadOf } }
}

const flowEventOf = (told: ToldEvents, event: PlatformEvent, readContact: ReadContact): FlowEvent => ({
  tenantId: told.tenantId,
  locationId: told.locationId,
  cause: { causeId: told.deliveryId, replays: told.replays },
  trigger: event.trigger,
  from: 'highlevel',
  recordId: event.recordId,
  contactId: event.object === 'contact' ? event.recordId : event.contactId,
  at: event.at,
  data: flatFields(event.payload),
  changes: event.changes,
  ...deletionOf(event),
  quiet: false,
  read: () => {
    const isThere = event.object === 'contact' && event.trigger !== CONTACT_DELETED
    return isThere ? readContact(event.recordId) : readOther(event)
  },
})

/** What else there is as its own reader has it; as the event says, where nobody reads it. */
async function readOther({ read, recordId, payload }: PlatformEvent): Promise<Reading> {
  const readAt = Date.now()
  const reading = await read?.()
  if (!reading)
    return { record: { id: recordId, fields: flatFields(payload), changedAt: null, isDeleted: false }, readAt }
  if ('reason' in reading) return { reason: reading.reason, isGone: true }
  return { record: activityRecord(recordId, reading), readAt }
}

async function readContactOf(deps: SyncDeps, told: ToldEvents, contactId: string): Promise<Reading> {
  const readAt = Date.now()
  const side = platformSide(deps, { tenantId: told.tenantId, locationId: told.locationId }, 'contact')
  const record = await side.read(contactId, { withLabels: true })
  if (!record || record.isDeleted) return { reason: 'The contact no longer exists.', isGone: true }
  return { record, readAt }
}

function once(read: ReadContact): ReadContact {
  const readings = new Map<string, Promise<Reading>>()
  return (id) => {
    const reading = readings.get(id) ?? read(id)
    readings.set(id, reading)
    return reading
  }
}
