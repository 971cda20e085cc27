import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Vault } from '../tenants/vault.ts'
import { openBase, sealBase } from './base.ts'
import { type Conflict, getOpenConflict, settleOpenConflict } from './conflict-store.ts'
import { findLink, haltLink, insertLink, type LinkKey, replaceBase } from './link-store.ts'
import { openConflictDetails } from './open-conflict-details.ts'
import { openLostOutcome } from './open-lost-outcome.ts'
import { NO_BASE } from './plan/record-plan.ts'
import { closeWrites } from './write-store.ts'

export type SettleDeps = { database: Database; vault: Vault; enqueue: Enqueue; now: Clock }

/**
 * What an owner says: whose value is right; which of several records is meant; that it may go on; that what may have been done
 * was done, or that it was not and is to be done again; or that nothing is to be done.
 */
export type Decision =
  | { kind: 'highlevel' }
  | { kind: 'partner' }
  | { kind: 'record'; id: string }
  | { kind: 'go_on' }
  | { kind: 'done' }
  | { kind: 'repeat' }
  | { kind: 'leave' }

/**
 * Settles questions, each in a transaction of its own: the decision, the log, and the work that follows from it. Rejects with
 * `conflict` what has been settled already, or what somebody is working on at this moment.
 */
export async function settleConflicts(
  deps: SettleDeps,
  input: { tenantId: string; conflictIds: readonly string[]; decision: Decision; actor: Actor },
): Promise<void> {
  for (const conflictId of new Set(input.conflictIds))
    await deps.database.asTenant(input.tenantId, (db) => settleOne(deps, db, { ...input, conflictId }))
}

async function settleOne(
  deps: SettleDeps,
  db: TenantDb,
  { conflictId, decision, actor }: { conflictId: string; decision: Decision; actor: Actor },
): Promise<void> {
  const conflict = await getOpenConflict(db, conflictId)
  if (!ANSWERS[conflict.kind].includes(decision.kind)) throw new AppError('bad_request')
  const isWork = await carryOut(deps, db, conflict, decision)
  const at = deps.now()
  await settleOpenConflict(db, { id: conflict.id, decision: decision.kind, decidedBy: actor.id }, new Date(at))
  await recordAudit(db, {
    action: 'conflict.settled',
    actor,
    target: `conflict/${conflict.id}`,
    fields: conflict.field === '' ? [] : [conflict.field],
    details: { kind: conflict.kind, decision: decision.kind },
    at,
  })
  if (isWork) await deps.enqueue(db, 'sync-decided', { tenantId: db.tenantId, conflictId }, { key: conflictId })
}

const ANSWERS: Record<Conflict['kind'], readonly Decision['kind'][]> = {
  field: ['highlevel', 'partner'],
  match: ['record', 'leave'],
  brake: ['go_on', 'leave'],
  unknown_outcome: ['done', 'repeat', 'leave'],
}

/** Whether work follows from it. */
async function carryOut(deps: SettleDeps, db: TenantDb, conflict: Conflict, decision: Decision): Promise<boolean> {
  if (decision.kind === 'highlevel' || decision.kind === 'partner') return decide(deps, db, conflict, decision.kind)
  if (decision.kind === 'record') return link(deps, db, conflict, decision.id)
  if (decision.kind === 'done' || decision.kind === 'repeat') return knowOutcome(deps, db, conflict, decision.kind)
  const key = keyOf(conflict)
  if (decision.kind !== 'go_on' || !key) return false
  await haltLink(db, key, null)
  return true
}

const keyOf = ({ connectionId, object, highLevelId }: Conflict): LinkKey | undefined =>
  highLevelId === null ? undefined : { connectionId, object, highLevelId }

async function decide(
  deps: SettleDeps,
  db: TenantDb,
  conflict: Conflict,
  side: 'highlevel' | 'partner',
): Promise<boolean> {
  const key = keyOf(conflict)
  const found = key && (await findLink(db, { ...key, side: 'highlevel', recordId: key.highLevelId }))
  if (!key || !found) throw new AppError('conflict', { detail: 'The two records are not linked any more.' })
  const base = found.base ? await openBase(deps.vault, db, key, found.base) : NO_BASE
  const decided = { ...base, decided: { ...base.decided, [conflict.field]: side } }
  if (!(await replaceBase(db, key, await sealBase(deps.vault, db, key, decided))))
    throw new AppError('try_later', { detail: 'The record is being worked on at this moment. Try again in a moment.' })
  return true
}

async function link(deps: SettleDeps, db: TenantDb, conflict: Conflict, id: string): Promise<boolean> {
  const details = await openConflictDetails(deps.vault, db, conflict)
  if (!details.candidates?.some((candidate) => candidate.id === id)) throw new AppError('bad_request')
  const [highLevelId, partnerId] = [conflict.highLevelId ?? id, conflict.partnerId ?? id]
  const key = { connectionId: conflict.connectionId, object: conflict.object, highLevelId }
  const base = await sealBase(deps.vault, db, key, NO_BASE)
  if (await insertLink(db, { ...key, partnerId, base }, new Date(deps.now()))) return true
  throw new AppError('conflict', { detail: 'One of the two is linked to another record already.' })
}

/** What the ledger has as unknown is known now. */
async function knowOutcome(
  deps: SettleDeps,
  db: TenantDb,
  conflict: Conflict,
  said: 'done' | 'repeat',
): Promise<boolean> {
  const { writeId } = await openLostOutcome(deps.vault, db, conflict)
  const known = { id: writeId, highLevelId: null, partnerId: null }
  const [state, reason] = said === 'done' ? (['done', WAS_DONE] as const) : (['failed', WAS_NOT_DONE] as const)
  await closeWrites(db, [{ ...known, state, reason }], new Date(deps.now()))
  return said === 'repeat'
}

const WAS_DONE = 'Its owner says that it was done.'
const WAS_NOT_DONE = 'Its owner says that it was not done.'
