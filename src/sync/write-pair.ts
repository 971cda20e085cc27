import type { TenantDb } from '../db/database.ts'
import { sourcesOf } from '../flows/mapping/sources-of.ts'
import { Trouble } from '../lib/trouble.ts'
import { applyPlan } from './apply-plan.ts'
import { askForBrake, askForMatch } from './ask-owner.ts'
import { isRewrittenTooOften, REWRITTEN } from './brakes.ts'
import { claimRecord } from './claim-record.ts'
import { findOwner } from './find-owner.ts'
import { fitPlan } from './fit-plan.ts'
import { haltLink, releaseLink } from './link-store.ts'
import { openLedger } from './open-ledger.ts'
import type { Looked, PairWork, Records } from './pair-work.ts'
import { planRecord } from './plan/plan-record.ts'
import { type Base, isNothing, otherSide, type RecordPlan } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { settlePair } from './settle-pair.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import { tellOwner } from './tell-owner.ts'
import { findUnanswered } from './unanswered.ts'
import { withOwner } from './with-owner.ts'
import { wroteBy } from './wrote-by.ts'

const SIDES = ['partner', 'highlevel'] as const

/** Plans from what is on both sides now, opens the ledger, writes, and stores what both agree on from then on. */
export async function writePair(deps: SyncDeps, ctx: RunContext, work: PairWork, looked: Looked): Promise<SyncOutcome> {
  const to = otherSide(ctx.from)
  const records: Records = { [ctx.from]: looked.source, ...(looked.target && { [to]: looked.target }) }
  const end = (ending: Ending): Promise<SyncOutcome> => endWithout(deps, ctx, work, records, ending)
  const obstacle = obstacleIn(deps, ctx, work, looked)
  if (obstacle) return end(obstacle)
  const owned = await findOwner(deps, ctx, work, records)
  if ('reason' in owned) return end({ outcome: 'skipped', reason: owned.reason })
  const isNew = !looked.target
  const mapped = planRecord({ ...work.planned, ...records, base: baseFor(work, records) })
  const whole = withOwner(mapped, owned, { to, isNew })
  const { plan, obstacle: inTheWay } = fitPlan(whole, work.sides, records, work.held?.base, sourceIn(work))
  if (isNew && inTheWay) return end({ outcome: 'skipped', reason: tellOwner(inTheWay, plan) })
  if (isNew && !work.step.creates) return end({ outcome: 'skipped', reason: NOT_THERE })
  if (work.dry) return end({ outcome: planned(plan, isNew), reason: tellOwner(null, plan), wrote: wroteBy(plan) })
  const isIdle = !isNew && SIDES.every((side) => isNothing(plan.writes[side]))
  if (isIdle) return settlePair(deps, ctx, work, { plan, records, applied: { written: {} }, writes: [] })
  const brake = brakeOn(deps, ctx, work)
  if (brake) return end(brake)
  refuseWhileResting(deps, ctx)
  const unanswered = isNew ? await findUnanswered(deps, ctx, work) : []
  const writes = await openLedger(deps, ctx, work, plan, records)
  const claim = (id: string): Promise<void> =>
    claimRecord(deps, ctx, { object: work.step.object, id, own: work.sides[ctx.from] })
  const contactId = owned.owner?.highlevel ?? ctx.contactId
  const around = { quiet: ctx.quiet, contactId, claim, unanswered, ...(looked.isAbsent && { isAbsent: true }) }
  const applied = await applyPlan(work.sides, { plan, from: ctx.from, records, around })
  return settlePair(deps, ctx, work, { plan, records, applied, writes })
}

/** How it ends without a write; `store` goes into the same transaction. */
type Ending = Partial<SyncOutcome> & { store?(db: TenantDb): Promise<void> }

/** Why nothing is planned, whatever the two hold. */
function obstacleIn(deps: SyncDeps, ctx: RunContext, work: PairWork, { gone, several }: Looked): Ending | undefined {
  if (gone) return { outcome: 'skipped', reason: GONE[otherSide(ctx.from)] }
  if (several) {
    return { outcome: 'conflict', reason: SEVERAL, store: (db) => askForMatch(deps, db, ctx, work, several) }
  }
  return work.held?.link.halted ? { outcome: 'skipped', reason: work.held.link.halted } : undefined
}

const GONE = {
  highlevel: 'Its counterpart was deleted in your account, so it is left alone.',
  partner: 'Its counterpart was deleted over there, so it is left alone.',
} as const
const SEVERAL = 'More than one record over there could be meant: say which one it is.'
const NOT_THERE = 'It has no counterpart, and the flow makes none.'

/** What a deleted record was before says nothing of what is to be there once it is brought back, or made anew. */
const baseFor = ({ held }: PairWork, { partner, highlevel }: Records): Base | undefined =>
  !partner || !highlevel || partner.isDeleted ? undefined : held?.base

/** The field that a target is set from, as the flow has it. */
const sourceIn =
  ({ step }: PairWork) =>
  (target: string): string => {
    const row = step.rows.find((one) => one.target === target)
    return (row && sourcesOf(row)[0]) ?? target
  }

/** A pair that is written again and again stands still until its owner has looked. */
function brakeOn(deps: SyncDeps, ctx: RunContext, work: PairWork): Ending | undefined {
  const { held } = work
  if (!held || !isRewrittenTooOften(held.link, deps.now())) return undefined
  const store = async (db: TenantDb): Promise<void> => {
    await haltLink(db, held.link, REWRITTEN)
    await askForBrake(deps, db, ctx, work)
  }
  return { outcome: 'skipped', reason: REWRITTEN, store }
}

function refuseWhileResting({ rests }: SyncDeps, { open }: RunContext): void {
  if (!rests.isResting(open.connection.id)) return
  throw new Trouble('rate_limited', { detail: `${open.connector.name} asked to slow down.` })
}

function planned(plan: RecordPlan, isNew: boolean): SyncOutcome['outcome'] {
  if (plan.disputes.length > 0) return 'conflict'
  if (isNew) return 'created'
  return SIDES.every((side) => isNothing(plan.writes[side])) ? 'unchanged' : 'updated'
}

async function endWithout(
  deps: SyncDeps,
  ctx: RunContext,
  work: PairWork,
  records: Records,
  { store, ...outcome }: Ending,
): Promise<SyncOutcome> {
  const full: SyncOutcome = {
    outcome: 'unchanged',
    reason: null,
    highLevelId: records.highlevel?.id ?? work.held?.link.highLevelId ?? null,
    partnerId: records.partner?.id ?? work.held?.link.partnerId ?? null,
    wrote: { highlevel: [], partner: [] },
    ...outcome,
  }
  await deps.database.asTenant(ctx.tenantId, async (db) => {
    if (!work.dry) await store?.(db)
    if (work.held) await releaseLink(db, work.held.link, ctx.runId)
    await work.finish(db, full)
  })
  return full
}
