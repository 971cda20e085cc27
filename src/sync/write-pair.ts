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
import { planRecord } from './plan/plan-record.ts'
import { type Base, isNothing, otherSide, type RecordPlan, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { settlePair } from './settle-pair.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import type { PairWork } from './sync-pair.ts'
import { tellOwner } from './tell-owner.ts'
import { findUnanswered } from './unanswered.ts'
import { withOwner } from './with-owner.ts'

export type Looked = {
  source: SyncRecord
  target?: SyncRecord | undefined
  /** It was looked for just now by what identifies it, and is not there. */
  isAbsent?: boolean
  /** More than one could be meant. */
  several?: SyncRecord[]
  /** The counterpart was deleted, and is not made again. */
  gone?: boolean
}

export type Records = Partial<Record<SideName, SyncRecord>>

const SIDES = ['partner', 'highlevel'] as const

/** Plans from what is on both sides now, opens the ledger, writes, and stores what both agree on from then on. */
export async function writePair(deps: SyncDeps, ctx: RunContext, work: PairWork, looked: Looked): Promise<SyncOutcome> {
  const to = otherSide(ctx.from)
  const records: Records = { [ctx.from]: looked.source, ...(looked.target && { [to]: looked.target }) }
  const end = (outcome: Partial<SyncOutcome>, store?: (db: TenantDb) => Promise<void>): Promise<SyncOutcome> =>
    endWithout(deps, ctx, work, { records, outcome, ...(store && { store }) })
  if (looked.gone) return end({ outcome: 'skipped', reason: GONE[to] })
  if (looked.several) {
    const [several, reason] = [looked.several, SEVERAL]
    return end({ outcome: 'conflict', reason }, (db) => askForMatch(deps, db, ctx, work, several))
  }
  if (work.held?.link.halted) return end({ outcome: 'skipped', reason: work.held.link.halted })
  const owned = await findOwner(deps, ctx, work, records)
  if ('reason' in owned) return end({ outcome: 'skipped', reason: owned.reason })
  const mapped = planRecord({ ...work.planned, ...records, base: baseFor(work, records) })
  const raw = withOwner(mapped, owned, { to, isNew: !looked.target })
  const { plan, obstacle } = fitPlan(raw, work.sides, records, work.held?.base, sourceIn(work))
  const isNew = !looked.target
  if (isNew && obstacle) return end({ outcome: 'skipped', reason: tellOwner(obstacle, plan) })
  if (isNew && !work.step.creates) return end({ outcome: 'skipped', reason: NOT_THERE })
  const wrote = wroteBy(plan)
  if (work.dry) return end({ outcome: planned(plan, isNew), reason: tellOwner(null, plan), wrote })
  const isIdle = !isNew && SIDES.every((side) => isNothing(plan.writes[side]))
  if (isIdle) return settlePair(deps, ctx, work, { plan, records, applied: { written: {} }, writes: [] })
  if (work.held && isRewrittenTooOften(work.held.link, deps.now())) {
    const { link } = work.held
    return end({ outcome: 'skipped', reason: REWRITTEN }, async (db) => {
      await haltLink(db, link, REWRITTEN)
      await askForBrake(deps, db, ctx, work)
    })
  }
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

function refuseWhileResting({ rests }: SyncDeps, { open }: RunContext): void {
  if (!rests.isResting(open.connection.id)) return
  throw new Trouble('rate_limited', { detail: `${open.connector.name} asked to slow down.` })
}

export const wroteBy = ({ writes }: RecordPlan): SyncOutcome['wrote'] => ({
  highlevel: keysOf(writes.highlevel),
  partner: keysOf(writes.partner),
})

const keysOf = ({ fields, labels, consent }: RecordPlan['writes']['partner']): string[] => [
  ...Object.keys(fields),
  ...Object.keys(consent).map((channel) => `consent.${channel}`),
  ...(labels.add.length + labels.remove.length > 0 ? ['labels'] : []),
]

function planned(plan: RecordPlan, isNew: boolean): SyncOutcome['outcome'] {
  if (plan.disputes.length > 0) return 'conflict'
  if (isNew) return 'created'
  return SIDES.every((side) => isNothing(plan.writes[side])) ? 'unchanged' : 'updated'
}

async function endWithout(
  deps: SyncDeps,
  ctx: RunContext,
  work: PairWork,
  {
    records,
    outcome,
    store,
  }: { records: Records; outcome: Partial<SyncOutcome>; store?: (db: TenantDb) => Promise<void> },
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
