import type { Scope } from '../highlevel/platform-scopes.ts'
import { isScopeMissing } from '../highlevel/scopes.ts'
import { type Backoff, backoff } from '../lib/backoff.ts'
import { isAppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { inParallel } from '../lib/in-parallel.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { type Lease, releaseLease, takeLeases } from '../tenants/lease-store.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'
import { pollContacts } from './poll-contacts.ts'
import { type Due, enrolTenants, findPoll, keepTrouble, listDuePolls, type Poll, type Polled } from './poll-store.ts'
import { pollTasks } from './poll-tasks.ts'
import type { Step, Visit, VisitDeps } from './visit.ts'

export type PollDeps = VisitDeps & { tenantApi: TenantApi; log: Logger }

const KINDS: Record<Polled, { scope: Scope; poll: (deps: VisitDeps, visit: Visit) => Promise<Step> }> = {
  contact: { scope: 'contacts.readonly', poll: pollContacts },
  task: { scope: 'locations/tasks.readonly', poll: pollTasks },
}

const LEASE = 'poll'
/** Longer than a visit takes. One that takes longer all the same stores nothing once somebody else has. */
const LEASE_MS = 2 * 60_000
const AT_ONCE = 8
const MOST = 64
const MOST_ROUNDS = 50
const PATIENCE: Backoff = { firstMs: 60_000, mostMs: 60 * 60_000 }

/**
 * Looks for what no event told, of every tenant for whom it is time: some at once, each by one process alone. What goes wrong
 * with one is kept with it, and it is left alone for a while.
 */
export async function pollDue(deps: PollDeps, signal?: AbortSignal): Promise<void> {
  const { system } = deps.database
  await enrolTenants(system, new Date(deps.now()))
  for (let round = 0; round < MOST_ROUNDS && !signal?.aborted; round++) {
    const due = await listDuePolls(system, new Date(deps.now()), MOST)
    if (due.length === 0) return
    const holder = newId()
    const leases = await takeLeases(
      system,
      due.map(({ tenantId }) => ({ tenantId, holder })),
      { name: LEASE, forMs: LEASE_MS },
    )
    await inParallel(due, AT_ONCE, async (one) => {
      const lease = leases.get(one.tenantId)
      if (lease && !signal?.aborted) await visitAlone(deps, one, lease)
    })
    if (leases.size === 0) return // somebody else is at it
  }
}

async function visitAlone(deps: PollDeps, { tenantId, object }: Due, lease: Lease): Promise<void> {
  try {
    await look(deps, { tenantId, object })
  } finally {
    await deps.database.asTenant(tenantId, (db) => releaseLease(db, lease))
  }
}

async function look(deps: PollDeps, { tenantId, object }: Due): Promise<void> {
  const { poll, installation } = await deps.database.asTenant(tenantId, async (db) => ({
    poll: await findPoll(db, object),
    installation: await findInstallation(db),
  }))
  const locationId = installation?.locationId
  if (!poll || !locationId) return
  const { scope, poll: visit } = KINDS[object]
  if (isScopeMissing(installation, scope)) return postpone(deps, poll, 'scopes_missing')
  try {
    const api = deps.tenantApi(tenantId, 'reconcile')
    const { poll: after } = await visit(deps, { tenantId, locationId, poll, api })
    sayIfSilent(deps.log, poll, after)
  } catch (error) {
    if (isTrouble(error) && error.code === 'conflict') return // somebody else was here
    await postpone(deps, poll, isTrouble(error) || isAppError(error) ? error.code : 'surprise')
    deps.log.warn({ error, tenantId, object }, 'looking for what no event told failed; it is tried again')
  }
}

async function postpone(deps: PollDeps, poll: Poll, trouble: string): Promise<void> {
  await deps.database.asTenant(poll.tenantId, async (db) => {
    const now = await findPoll(db, poll.object) // part of the visit may have been stored
    if (!now) return
    const troubles = now.troubles + 1
    const dueAt = new Date(deps.now() + backoff(PATIENCE, troubles, Math.random()))
    await keepTrouble(db, now, { trouble, troubles, dueAt })
  })
}

/** Once when it begins, once when it is over. */
function sayIfSilent(log: Logger, before: Poll, after: Poll): void {
  const { tenantId, object } = after
  const fields = { tenantId, object, since: after.silentSince, heardAt: after.heardAt }
  if (after.silentSince && !before.silentSince) {
    log.warn(fields, 'records change and the platform tells nothing: look whether webhooks are sent to this app')
  }
  if (before.silentSince && !after.silentSince) log.info(fields, 'the platform tells of changes again')
}
