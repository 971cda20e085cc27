import { listFlowsOf, type StartedFlow } from '../flows/flow-store.ts'
import { getContact } from '../highlevel/contacts.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'
import { type ContactEvent, type ContactReading, type FlowResult, runFlow, runIdOf, type SyncDeps } from './run-flow.ts'
import { closeLeftRuns } from './run-store.ts'

export type TakeEventDeps = SyncDeps & { tenantApi: TenantApi }

/** The reason of what is parked is the state of the connection that has to be mended. */
export type EventResult = { state: 'done' | 'parked' | 'ignored'; reason: string | null }

/**
 * A contact was created or changed: through every flow that waits for it. The contact is read as it is now, since events
 * leave out what is empty, come late and come in any order. Rejects when it should be tried again later.
 */
export async function takeContactEvent(deps: TakeEventDeps, event: ContactEvent): Promise<EventResult> {
  const flows = await startedFlows(deps, event)
  if (flows.length === 0) return { state: 'done', reason: 'no_flow' }
  const reading = await readContact(deps, event)
  const exists = async (contactId: string): Promise<boolean> =>
    'contact' in (await readContact(deps, { ...event, contactId }))
  const results: FlowResult[] = []
  for (const flow of flows) results.push(await runFlow({ ...deps, exists }, event, flow, reading))
  const later = results.find((result) => result.state === 'later')
  if (later) throw later.error
  const waiting = results.find((result) => result.state === 'waiting')
  return waiting ? { state: 'parked', reason: waiting.reason } : { state: 'done', reason: null }
}

/** A run that was to be tried again, but whose flow has been switched off since, ends here. */
const startedFlows = (deps: TakeEventDeps, event: ContactEvent): Promise<StartedFlow[]> =>
  deps.database.asTenant(event.tenantId, async (db) => {
    const flows = await listFlowsOf(db, 'highlevel.contact_changed')
    const left = flows.filter(({ enabled }) => !enabled).map((flow) => runIdOf(event, flow))
    const closing = { outcome: 'skipped', reason: 'The flow was switched off.', at: new Date(deps.now()) } as const
    if (left.length > 0) await closeLeftRuns(db, left, closing)
    return flows.filter(({ enabled }) => enabled)
  })

/** What nobody works on any more must not look as if it were still waiting. */
export const endContactEvent = (
  deps: Pick<TakeEventDeps, 'database' | 'now'>,
  event: Pick<ContactEvent, 'tenantId' | 'deliveryId' | 'replays'>,
  closing: { outcome: 'skipped' | 'failed'; reason: string },
): Promise<void> =>
  deps.database.asTenant(event.tenantId, async (db) => {
    const runs = (await listFlowsOf(db, 'highlevel.contact_changed')).map((flow) => runIdOf(event, flow))
    await closeLeftRuns(db, runs, { ...closing, at: new Date(deps.now()) })
  })

async function readContact(deps: TakeEventDeps, event: ContactEvent): Promise<ContactReading> {
  try {
    return { contact: await getContact(deps.tenantApi(event.tenantId), event.contactId) }
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return { reason: 'The contact no longer exists.' }
    if (isRefusal(error, 'other_tenant')) return { reason: 'The contact belongs to another account.' }
    throw error
  }
}
