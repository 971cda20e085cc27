import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { findStartedFlow } from '../flows/flow-store.ts'
import { AppError } from '../lib/errors.ts'
import { type Backfill, isOver, isWork } from './backfill.ts'
import { addRecords, countKept, forgetRecords } from './backfill-record-store.ts'
import { getBackfillForChange, type Moved, moveBackfill } from './backfill-store.ts'
import { brakeOn } from './brake-on.ts'
import { chooseTest } from './choose-test.ts'
import { nextStatus } from './next-status.ts'
import type { AskDeps } from './plan-backfill.ts'

export type Change = {
  tenantId: string
  backfillId: string
  step: 'test' | 'run' | 'pause' | 'resume' | 'cancel'
  /** Whoever runs it has read how many records it will touch. */
  isConfirmed?: boolean
  actor: Actor
  /** Of an operator: why. */
  why?: string
}

const ACTIONS = {
  test: 'backfill.test_started',
  run: 'backfill.started',
  pause: 'backfill.paused',
  resume: 'backfill.resumed',
  cancel: 'backfill.cancelled',
} as const

/** What an owner asks for. Throws `conflict` when it cannot be done as things stand. */
export async function changeBackfill(deps: AskDeps, change: Change): Promise<void> {
  const { tenantId, backfillId, step, actor, why } = change
  const at = new Date(deps.now())
  await deps.database.asTenant(tenantId, async (db) => {
    const backfill = await getBackfillForChange(db, backfillId)
    const next = nextStatus(backfill, step)
    if (!next) throw new AppError('conflict', { detail: REFUSALS[step] })
    const moved = await prepare(db, backfill, change, at)
    const isWorkNow = isWork(next.status)
    await moveBackfill(db, backfillId, {
      ...next,
      ...moved,
      ...{ reason: null, wakeAt: isWorkNow ? at : null, at, isOver: isOver(next.status) },
    })
    const details = { from: backfill.status, done: backfill.done, ...(why !== undefined && { reason: why }) }
    await recordAudit(db, { action: ACTIONS[step], actor, target: `backfill/${backfillId}`, details, at: at.getTime() })
    if (isWorkNow) await deps.enqueue(db, 'work-backfill', { tenantId, backfillId }, { key: backfillId })
  })
}

const REFUSALS: Record<Change['step'], string> = {
  test: 'A test can begin when the plan is ready.',
  run: 'Everything can be imported once a test batch has been written. Look at it first.',
  pause: 'There is nothing under way that could be paused.',
  resume: 'There is nothing that waits to be continued.',
  cancel: 'This import is over already.',
}

async function prepare(
  db: TenantDb,
  backfill: Backfill,
  { step, isConfirmed = false }: Change,
  at: Date,
): Promise<Partial<Moved>> {
  if (step === 'pause' || step === 'cancel') return {}
  const flow = await findStartedFlow(db, backfill.flowId)
  if (!flow) throw new AppError('conflict', { detail: 'The flow is gone. Cancel this import.' })
  if (step === 'resume') return { mappingVersion: flow.mappingVersion }
  if (!flow.enabled) throw new AppError('conflict', { detail: SWITCHED_OFF })
  if (flow.mappingVersion !== backfill.mappingVersion) throw new AppError('conflict', { detail: REMAPPED })
  const { id: backfillId } = backfill
  if (step === 'test') {
    const ids = await chooseTest(db, backfillId)
    await addRecords(db, { backfillId, phase: 'test' }, ids, at)
    return {}
  }
  const brake = brakeOn(await countKept(db, { backfillId, phase: 'plan' }), backfill.total)
  if (brake && !isConfirmed) throw new AppError('conflict', { detail: brake })
  await forgetRecords(db, { backfillId, phase: 'run' })
  return { startedAt: at }
}

const SWITCHED_OFF = 'The flow is switched off. Switch it on first.'
const REMAPPED = 'The flow was changed since the plan was made. Cancel this import and plan it anew.'
