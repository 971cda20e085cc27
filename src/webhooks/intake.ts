import type { Database } from '../db/database.ts'
import { refusesValue } from '../db/refuses-value.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { insertDeliveries, type NewDelivery } from './delivery-store.ts'
import { wakeInboxes } from './wake-inboxes.ts'

/**
 * Resolves when the delivery, whoever sent it, is durable; `isNew` is false for one that was stored before. Rejects when
 * it cannot be stored now: the sender should repeat it. Never calls anyone.
 */
export type Intake = (delivery: NewDelivery) => Promise<Stored>

export type Stored = { isNew: boolean }

export type IntakeDeps = {
  /** A small pool of its own, so that nothing else the process does can keep deliveries waiting. */
  database: Database
  enqueueMany: EnqueueMany
}

const LANES = 2
const MOST_IN_A_COMMIT = 200
/** So that a commit of the largest ones is done well within its time, and held in memory at no great size. */
const MOST_BYTES_IN_A_COMMIT = 4 * 1024 * 1024
const MOST_WAITING = 2000

/** Stores deliveries, each with its job, before they are answered; those that come together share a commit. */
export const createIntake = (deps: IntakeDeps): Intake =>
  createGroupCommit<NewDelivery, Stored>({
    lanes: LANES,
    most: MOST_IN_A_COMMIT,
    size: { of: ({ body }) => body.length, most: MOST_BYTES_IN_A_COMMIT },
    waiting: MOST_WAITING,
    isItemFault: refusesValue,
    commit: (deliveries) => commit(deps, deliveries),
  })

const commit = (deps: IntakeDeps, deliveries: NewDelivery[]): Promise<Stored[]> =>
  deps.database.asSystem(async (db) => {
    const stored = await insertDeliveries(db, deliveries)
    const fresh = deliveries.filter(({ id, state }) => stored.has(id) && state === 'received')
    await wakeInboxes(
      db,
      deps.enqueueMany,
      fresh.map(({ tenantId }) => tenantId),
    )
    return deliveries.map(({ id }) => ({ isNew: stored.has(id) }))
  })
