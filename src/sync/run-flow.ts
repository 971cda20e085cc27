import { recordAudit } from '../audit/audit-store.ts'
import { markCredentialsRefused } from '../connections/connection-store.ts'
import { type OpenConnection, type OpenConnectionDeps, openConnection } from '../connections/open-connection.ts'
import type { FlowTemplate } from '../connectors/connector.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { derivedId } from '../lib/ids.ts'
import { isTrouble, type Trouble } from '../lib/trouble.ts'
import { createStepRunner } from './run-step.ts'
import { closeRun, openRun, type RunOutcome } from './run-store.ts'
import { syncContact } from './sync-contact.ts'

export type SyncDeps = OpenConnectionDeps

/** Something that happened at HighLevel, as flows see it. */
export type ContactEvent = { tenantId: string; deliveryId: string; contactId: string }

/** What became of the run: `waiting` until the owner mends something, `later` when time alone may mend it. */
export type FlowResult =
  | { state: 'finished' }
  | { state: 'waiting'; reason: string }
  | { state: 'later'; error: unknown }

/** One event through one flow. `contact` is undefined when it no longer exists at HighLevel. */
export async function runFlow(
  deps: SyncDeps,
  event: ContactEvent,
  flow: StartedFlow,
  contact: Contact | undefined,
): Promise<FlowResult> {
  const { tenantId, deliveryId } = event
  const runId = derivedId(deliveryId, flow.id)
  const run = {
    id: runId,
    deliveryId,
    flowId: flow.id,
    connectionId: flow.connectionId,
    mappingVersion: flow.mappingVersion,
    trigger: flow.trigger,
    highLevelId: event.contactId,
  }
  const opened = await deps.database.asTenant(tenantId, (db) => openRun(db, run, new Date(deps.now())))
  if (!opened) return { state: 'finished' }

  const close = (outcome: RunOutcome, reason: string | null, partnerId: string | null = null): Promise<void> =>
    deps.database.asTenant(tenantId, (db) =>
      closeRun(db, runId, { outcome, reason, partnerId, at: new Date(deps.now()) }),
    )
  if (!contact) {
    await close('skipped', 'The contact no longer exists.')
    return { state: 'finished' }
  }
  let open: OpenConnection | undefined
  try {
    open = await openConnection(deps, tenantId, flow.connectionId)
    if (open.connection.status !== 'active') {
      await close('retrying', open.connection.trouble ?? 'The connection is paused.')
      return { state: 'waiting', reason: open.connection.status }
    }
    const runner = createStepRunner(deps, { tenantId, runId, open })
    const result = await syncContact({ ...deps, runner }, { flow, template: templateOf(open, flow), contact })
    await close(result.outcome, result.reason, result.partnerId)
    return { state: 'finished' }
  } catch (error) {
    if (isTrouble(error)) return settleTrouble(deps, tenantId, open, error, close)
    if (isAppError(error)) {
      await close('failed', error.message)
      return { state: 'finished' }
    }
    await close('retrying', 'Something went wrong on our side. It will be tried again.')
    return { state: 'later', error }
  }
}

function templateOf(open: OpenConnection, flow: StartedFlow): FlowTemplate {
  const template = open.connector.templates.find(({ key }) => key === flow.template)
  if (!template) throw new AppError('not_found', { detail: `${open.connector.name} no longer has this kind of flow.` })
  return template
}

async function settleTrouble(
  deps: SyncDeps,
  tenantId: string,
  open: OpenConnection | undefined,
  trouble: Trouble,
  close: (outcome: RunOutcome, reason: string) => Promise<void>,
): Promise<FlowResult> {
  if (trouble.heals) {
    await close('retrying', trouble.message)
    return { state: 'later', error: trouble }
  }
  if (trouble.code === 'credentials_refused' && open) {
    await stopConnection(deps, tenantId, open, trouble)
    await close('retrying', trouble.message)
    return { state: 'waiting', reason: 'credentials_refused' }
  }
  await close('failed', trouble.message)
  return { state: 'finished' }
}

/** A partner that refuses the credentials is not asked again until the owner has entered new ones. */
const stopConnection = (deps: SyncDeps, tenantId: string, open: OpenConnection, trouble: Trouble): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    const { id, generation } = open.connection
    const at = deps.now()
    if (!(await markCredentialsRefused(db, { id, generation, trouble: trouble.message, at: new Date(at) }))) return
    await recordAudit(db, {
      action: 'connection.credentials_refused',
      actor: { kind: 'partner', id: open.connector.key },
      target: `connection/${id}`,
      fields: ['status'],
      at,
    })
  })
