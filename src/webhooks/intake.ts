import type { Database } from '../db/database.ts'
import type { Pipeline } from '../db/pipeline.ts'
import { refusesValue } from '../db/refuses-value.ts'
import type { EnqueueStatement } from '../jobs/queue.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { insertingDeliveries, type NewDelivery } from './delivery-store.ts'
import { leaveOutHints } from './waiting-hint-store.ts'
import { wakingInboxes } from './wake-inboxes.ts'

/**
 * Resolves when the delivery, whoever sent it, is durable; `isNew` is false for one that was stored before. Rejects when
 * it cannot be stored now: the sender should repeat it. Never calls anyone.
 */
export type Intake = (delivery: NewDelivery) => Promise<Stored>

export type Stored = { isNew: boolean }

export type IntakeDeps = {
  /** For what has to be known before. */
  database: Database
  /** Of its own, so that nothing else the process does can keep deliveries waiting. */
  pipeline: Pipeline
  enqueueStatement: EnqueueStatement
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

/**
 * One round trip. The turns of whoever has something new are held back before their wake-up is asked for; one too many, for
 * a tenant that only repeated itself, finds nothing to do.
 */
async function commit(deps: IntakeDeps, deliveries: NewDelivery[]): Promise<Stored[]> {
  const told = await leaveOutHints(deps.database.system, deliveries)
  if (told.length === 0) return deliveries.map(() => ({ isNew: false }))
  const received = told.filter(({ state }) => state === 'received')
  const tenantIds = received.map(({ tenantId }) => tenantId)
  const wakeUps = await wakingInboxes(deps.enqueueStatement, tenantIds)
  const [rows = []] = await deps.pipeline.commit([insertingDeliveries(told), ...wakeUps])
  const fresh = new Set(rows.map(({ id }) => id))
  return deliveries.map(({ id }) => ({ isNew: fresh.has(id) }))
}
