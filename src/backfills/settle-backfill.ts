import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { isOver, isWork } from './backfill.ts'
import { getBackfillForChange, moveBackfill } from './backfill-store.ts'
import { nextStatus } from './next-status.ts'

/** How the work went: it is through, waits until a moment, or ends before its end. */
export type Settlement =
  | { step: 'finish' }
  | { step: 'wait'; reason: string; until: Date | null }
  | { step: 'cancel' | 'fail'; reason: string }

const WORKER: Actor = { kind: 'system', id: 'backfill' }

const ACTIONS = {
  finish: 'backfill.finished',
  wait: 'backfill.waits',
  cancel: 'backfill.cancelled',
  fail: 'backfill.failed',
} as const

/**
 * What a turn came to, in the transaction in hand. Whatever somebody decided meanwhile stays. Short waits are not worth an
 * entry in the log.
 */
export async function settleBackfill(db: TenantDb, id: string, settlement: Settlement, at: Date): Promise<void> {
  const backfill = await getBackfillForChange(db, id)
  const { step } = settlement
  const next = isWork(backfill.status) ? nextStatus(backfill, step) : undefined
  if (!next) return
  const reason = 'reason' in settlement ? settlement.reason : null
  const wakeAt = settlement.step === 'wait' ? settlement.until : null
  await moveBackfill(db, id, { ...next, reason, wakeAt, at, isOver: isOver(next.status) })
  if (step === 'wait' && wakeAt !== null) return
  const details = { status: next.status, done: backfill.done }
  await recordAudit(db, { action: ACTIONS[step], actor: WORKER, target: `backfill/${id}`, details, at: at.getTime() })
}
