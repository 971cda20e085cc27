import type { OpenConnectionDeps } from '../connections/open-connection.ts'
import type { Rests } from '../connections/rests.ts'
import type { TenantDb } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { derivedId } from '../lib/ids.ts'
import { Trouble } from '../lib/trouble.ts'
import type { ContactExists } from './claim-record.ts'
import { judgeFailure } from './judge-failure.ts'
import { leftOutNote } from './left-out-note.ts'
import { isInStep } from './plan-contact.ts'
import { type Prepared, prepareRun } from './prepare-run.ts'
import { createStepRunner } from './run-step.ts'
import { closeRun, type NewRun, openRun, type RunOutcome } from './run-store.ts'
import { sentences } from './sentences.ts'
import { syncContact } from './sync-contact.ts'

export type SyncDeps = OpenConnectionDeps & { rests: Rests }

/** Something that happened at HighLevel, as flows see it. */
export type ContactEvent = {
  tenantId: string
  deliveryId: string
  /** How often it was begun anew after it had been settled: each time with runs of its own, as a finished one stays. */
  replays: number
  contactId: string
}

/** The contact as HighLevel has it now; otherwise why it cannot be had. */
export type ContactReading = { contact: Contact } | { reason: string }

/** What became of the run: `waiting` until the owner mends something, `later` when time alone may mend it. */
export type FlowResult =
  | { state: 'finished' }
  | { state: 'waiting'; reason: string }
  | { state: 'later'; error: unknown }

const FINISHED: FlowResult = { state: 'finished' }

type Deps = SyncDeps & { exists: ContactExists }

/** The run that this event has, or would have, in this flow. */
export const runIdOf = (
  { deliveryId, replays }: Pick<ContactEvent, 'deliveryId' | 'replays'>,
  flow: { id: string },
): string => derivedId(deliveryId, flow.id, ...(replays > 0 ? [String(replays)] : []))

/** One event through one flow. */
export async function runFlow(
  deps: Deps,
  event: ContactEvent,
  flow: StartedFlow,
  reading: ContactReading,
): Promise<FlowResult> {
  const { tenantId } = event
  const run = newRun(event, flow)
  const close = (closing: Closing): Promise<void> =>
    deps.database.asTenant(tenantId, (db) => closeRun(db, run.id, { partnerId: null, ...closing, at: now(deps) }))
  let begun: Begun | undefined
  try {
    begun = await deps.database.asTenant(tenantId, (db) => begin(deps, db, run, flow, reading))
    if ('state' in begun) return begun
    const { open, contact } = begun
    const runner = createStepRunner(deps, { tenantId, runId: run.id, open })
    await close(await syncContact({ vault: deps.vault, runner, exists: deps.exists }, { ...begun, contact }))
    return FINISHED
  } catch (error) {
    // What failed before anything was stored of the run is stored with it now.
    if (!begun) await deps.database.asTenant(tenantId, (db) => openRun(db, run, now(deps)))
    const open = begun && 'open' in begun ? begun.open : undefined
    const { closing, result } = await judgeFailure(deps, tenantId, open, error)
    await close(closing)
    return result
  }
}

export type Closing = { outcome: RunOutcome; reason: string | null; partnerId?: string | null }
type Begun = FlowResult | (Prepared & { contact: Contact })

const now = (deps: SyncDeps): Date => new Date(deps.now())

const newRun = (event: ContactEvent, flow: StartedFlow): NewRun => ({
  id: runIdOf(event, flow),
  deliveryId: event.deliveryId,
  flowId: flow.id,
  connectionId: flow.connectionId,
  mappingVersion: flow.mappingVersion,
  trigger: flow.trigger,
  highLevelId: event.contactId,
})

/** Opens the run and looks what there is to do; where that is nothing, it is closed in the same transaction. */
async function begin(
  deps: SyncDeps,
  db: TenantDb,
  run: NewRun,
  flow: StartedFlow,
  reading: ContactReading,
): Promise<Begun> {
  const close = (outcome: RunOutcome, reason: string | null, partnerId: string | null = null): Promise<void> =>
    closeRun(db, run.id, { outcome, reason, partnerId, at: now(deps) })
  if (!(await openRun(db, run, now(deps)))) return FINISHED
  if ('reason' in reading) {
    await close('skipped', reading.reason)
    return FINISHED
  }
  const prepared = await prepareRun(deps, db, flow, reading.contact)
  if ('waiting' in prepared) {
    const { status, trouble } = prepared.waiting
    await close('retrying', trouble ?? 'The connection is paused.')
    return { state: 'waiting', reason: status }
  }
  const { connection, connector } = prepared.open
  const { plan, known } = prepared
  if (known && isInStep(plan)) {
    await close('unchanged', null, known.partnerId)
    return FINISHED
  }
  if (!known && plan.obstacle) {
    await close('skipped', sentences(plan.obstacle, leftOutNote(plan)))
    return FINISHED
  }
  if (deps.rests.isResting(connection.id)) {
    const error = new Trouble('rate_limited', { detail: `${connector.name} asked to slow down.` })
    await close('retrying', error.message)
    return { state: 'later', error }
  }
  return { ...prepared, contact: reading.contact }
}
