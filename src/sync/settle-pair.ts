import { refuseOvertaken } from '../connections/open-connection.ts'
import { Overtaken } from '../connections/overtaken.ts'
import type { TenantDb } from '../db/database.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { Applied } from './apply-plan.ts'
import { askForValues } from './ask-owner.ts'
import { sealBase } from './base.ts'
import { outdateFieldConflicts } from './conflict-store.ts'
import { saveSynced } from './link-store.ts'
import type { Opened } from './open-ledger.ts'
import type { PairWork, Records } from './pair-work.ts'
import { type Base, NO_BASE, type RecordPlan, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { Written } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import { tellOwner } from './tell-owner.ts'
import { closeWrites, hasWrites } from './write-store.ts'
import { wroteBy } from './wrote-by.ts'

const SIDES = ['partner', 'highlevel'] as const

type Done = { plan: RecordPlan; records: Records; applied: Applied; writes: Opened[] }

/** Stores what was achieved: all of it, or as much as came before the error, which is thrown then. */
export async function settlePair(deps: SyncDeps, ctx: RunContext, work: PairWork, done: Done): Promise<SyncOutcome> {
  const { plan, records, applied } = done
  const { written, error } = applied
  const ids = {
    highLevelId: written.highlevel?.id ?? records.highlevel?.id ?? null,
    partnerId: written.partner?.id ?? records.partner?.id ?? null,
  }
  const isDeclined = Object.values(written).some((one) => one?.effect === 'declined')
  const notes = Object.values(written).flatMap((one) => (one?.note ? [one.note] : []))
  const effects = Object.values(written).map((one) => one?.effect)
  const outcome: SyncOutcome = {
    ...ids,
    outcome: isDeclined ? 'skipped' : outcomeOf(plan, records, effects),
    reason: tellOwner(null, plan, notes),
    wrote: wroteBy(plan),
  }
  const at = new Date(deps.now())
  const close = (db: TenantDb): Promise<void> => closeWrites(db, closedOf(done, ids), at)
  try {
    await deps.database.asTenant(ctx.tenantId, async (db) => {
      // Nothing was left to do because an earlier attempt, whose answer was lost, had done it.
      const isLost = outcome.outcome === 'unchanged' && !error && (await hasWrites(db, ctx.runId))
      if (isLost) outcome.outcome = 'updated'
      // Sent together: none waits for what another finds, and one that is refused takes the others back.
      await Promise.all([
        refuseOvertaken(db, ctx.open),
        close(db),
        keepBase(deps, db, ctx, work, { ...done, ...ids, isDeclined }, at),
        ...(error ? [] : [askForValues(deps, db, ctx, work, { plan, ...ids }), work.finish(db, outcome)]),
      ])
    })
  } catch (overtaken) {
    // Nothing of it is kept, but what was sent was sent.
    if (overtaken instanceof Overtaken) await deps.database.asTenant(ctx.tenantId, close)
    throw overtaken
  }
  if (error) throw error
  return outcome
}

function outcomeOf(
  plan: RecordPlan,
  records: Records,
  effects: (Written['effect'] | undefined)[],
): SyncOutcome['outcome'] {
  if (SIDES.some((side) => !records[side])) return effects.includes('created') ? 'created' : 'updated'
  if (effects.some((effect) => effect && effect !== 'unchanged')) return 'updated'
  return plan.disputes.length > 0 ? 'conflict' : 'unchanged'
}

function closedOf({ writes, applied }: Done, ids: { highLevelId: string | null; partnerId: string | null }) {
  const { written, error } = applied
  return writes.map(({ id, side }) => {
    const one = written[side]
    if (one)
      return { id, ...ids, state: one.effect === 'declined' ? 'declined' : 'done', reason: one.note ?? null } as const
    const isUnknown = error && !(isTrouble(error) && !error.outcomeUnknown)
    return {
      id,
      ...ids,
      state: isUnknown ? 'unknown' : 'failed',
      reason: isTrouble(error) ? error.message : null,
    } as const
  })
}

/**
 * After an error only what links the two, and what labels there are: what the next attempt finds on both sides tells it what is
 * left to do.
 */
async function keepBase(
  deps: SyncDeps,
  db: TenantDb,
  ctx: RunContext,
  work: PairWork,
  done: Done & { highLevelId: string | null; partnerId: string | null; isDeclined: boolean },
  at: Date,
): Promise<void> {
  const { highLevelId, partnerId, plan, applied } = done
  if (!highLevelId || !partnerId) return
  const key = { connectionId: ctx.open.connection.id, object: work.step.object, highLevelId }
  const isDone = !applied.error && !done.isDeclined
  const base = isDone ? withAnswers(plan, applied.written) : (work.held?.base ?? NO_BASE)
  const wrote = Object.keys(applied.written).length > 0
  const sealed = await sealBase(deps.vault, db, key, base)
  const stillOpen = plan.disputes.map(({ partnerField }) => partnerField)
  await Promise.all([
    saveSynced(db, { ...key, partnerId, base: sealed, wrote }, at),
    isDone && outdateFieldConflicts(db, { ...key, stillOpen }, at),
  ])
}

/**
 * What a side says it holds after the write is what it holds, whatever it was asked to. Only of what was written: what else it
 * tells may have been changed since it was read, or waits for the owner, and neither was agreed on.
 */
function withAnswers({ base, writes }: RecordPlan, written: Applied['written']): Base {
  const after = (side: SideName) => {
    const told = written[side]?.record?.fields ?? {}
    const known = Object.keys(writes[side].fields).filter((key) => told[key] !== undefined)
    return { ...base[side], ...Object.fromEntries(known.map((key) => [key, told[key] ?? null])) }
  }
  return { ...base, highlevel: after('highlevel'), partner: after('partner') }
}
