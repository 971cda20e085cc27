import { recordAudit } from '../audit/audit-store.ts'
import { cancelOpenBackfills } from '../backfills/backfill-store.ts'
import { withdrawCredentials } from '../connections/connection-store.ts'
import { eraseHooks } from '../connections/hook-store.ts'
import type { TenantDb } from '../db/database.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { closeUnfinishedRuns } from '../sync/run-store.ts'
import { schedulePurge } from '../tenants/purge-time-store.ts'
import type { Left } from '../tenants/uninstall.ts'
import { ignoreParked } from '../webhooks/delivery-store.ts'

export type LetGoDeps = {
  enqueue: Enqueue
  now: Clock
  /** How long everything else is kept for somebody who comes back. */
  graceMs: number
}

/** So that an uninstall never takes long. Whatever waits beyond these is ignored when it is taken up. */
const MOST = 5000
const TROUBLE = 'The app was uninstalled in between, and the key was erased with it.'
const UNFINISHED = 'The app was uninstalled before it was done.'

/**
 * What leaving takes, in the transaction in hand: partner credentials, and everything that waits to be done. News of a
 * departure that comes after a new installation takes only what was there before it. The locks are taken in the order in
 * which the work takes them: runs before connections.
 */
export const letGo =
  (deps: LetGoDeps) =>
  async (db: TenantDb, left: Left): Promise<void> => {
    const { tenantId } = db
    const now = new Date(deps.now())
    const upTo = left.isGone ? null : left.at
    const parked = { receivedUpTo: upTo, reason: 'uninstalled', at: now, most: MOST }
    const ignored = await ignoreParked(db, parked)
    if (ignored === MOST) await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
    await closeUnfinishedRuns(db, { begunUpTo: upTo, reason: UNFINISHED, at: now, most: MOST })
    await cancelOpenBackfills(db, { reason: UNFINISHED, at: now, askedUpTo: upTo })
    const withdrawn = await withdrawCredentials(db, { enteredUpTo: upTo, trouble: TROUBLE, at: now })
    const registrations = await eraseHooks(db, withdrawn)
    for (const id of withdrawn) {
      const registrationsLeft = registrations.get(id)
      await recordAudit(db, {
        action: 'connection.credentials_erased',
        actor: left.actor,
        target: `connection/${id}`,
        fields: ['credentials', 'status'],
        ...(registrationsLeft !== undefined && { details: { registrationsLeft } }),
        at: now.getTime(),
      })
    }
    if (left.isGone) await planPurge(deps, db, left)
  }

async function planPurge(deps: LetGoDeps, db: TenantDb, { erase }: Left): Promise<void> {
  const { tenantId } = db
  const graceMs = erase ? 0 : deps.graceMs
  await schedulePurge(db, new Date(deps.now() + graceMs))
  if (graceMs === 0) await deps.enqueue(db, 'purge-tenant', { tenantId }, { key: tenantId })
}
