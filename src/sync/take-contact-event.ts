import { listFlowsStartedBy } from '../flows/flow-store.ts'
import { type Contact, getContact } from '../highlevel/contacts.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'
import { type ContactEvent, type FlowResult, runFlow, type SyncDeps } from './run-flow.ts'

export type TakeEventDeps = SyncDeps & { tenantApi: TenantApi }

export type EventResult = { state: 'done' | 'parked'; reason: string | null }

/**
 * A contact was created or changed: through every flow that waits for it. The contact is read as it is now, since events
 * leave out what is empty, come late and come in any order. Rejects when it should be tried again later.
 */
export async function takeContactEvent(deps: TakeEventDeps, event: ContactEvent): Promise<EventResult> {
  const flows = await deps.database.asTenant(event.tenantId, (db) =>
    listFlowsStartedBy(db, 'highlevel.contact_changed'),
  )
  if (flows.length === 0) return { state: 'done', reason: 'no_flow' }
  const contact = await readContact(deps, event)
  const results: FlowResult[] = []
  for (const flow of flows) results.push(await runFlow(deps, event, flow, contact))
  const later = results.find((result) => result.state === 'later')
  if (later) throw later.error
  const waiting = results.find((result) => result.state === 'waiting')
  return waiting ? { state: 'parked', reason: waiting.reason } : { state: 'done', reason: null }
}

async function readContact(deps: TakeEventDeps, event: ContactEvent): Promise<Contact | undefined> {
  try {
    return await getContact(deps.tenantApi(event.tenantId), event.contactId)
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}
