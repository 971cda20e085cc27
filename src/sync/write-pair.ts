import { refuseOvertaken } from '../connections/open-connection.ts'
import { Overtaken } from '../connections/overtaken.ts'
import type { TenantDb } from '../db/database.ts'
import { sourcesOf } from '../flows/mapping/sources-of.ts'
import { newId } from '../lib/ids.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { type Applied, applyPlan } from './apply-plan.ts'
import { askForBrake, askForMatch, askForValues } from './ask-owner.ts'
import { sealBase } from './base.ts'
import { isRewrittenTooOften, REWRITTEN } from './brakes.ts'
import { claimRecord } from './claim-record.ts'
import { outdateFieldConflicts } from './conflict-store.ts'
import { fitPlan } from './fit-plan.ts'
import { haltLink, releaseLink, saveSynced } from './link-store.ts'
import { planRecord } from './plan/plan-record.ts'
import { type Base, isNothing, NO_BASE, otherSide, type RecordPlan, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord, Written } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import type { PairWork } from './sync-pair.ts'
import { closeWrites, hasWrites, markUnknown, type NewWrite, openWrites, writePlace } from './write-store.ts'

export type Looked = {
  source: SyncRecord
  target?: SyncRecord | undefined
  /** It was looked for just now by what identifies it, and is not there. */
  isAbsent?: boolean
  /** More than one could be meant. */
  several?: SyncRecord[]
  /** The counterpart was deleted in the owner's account: it is not made again. */
  gone?: boolean
}

type Records = Partial<Record<SideName, SyncRecord>>

const SIDES = ['partner', 'highlevel'] as const

/** Plans from what is on both sides now, opens the ledger, writes, and stores what both agree on from then on. */
export async function writePair(deps: SyncDeps, ctx: RunContext, work: PairWork, looked: Looked): Promise<SyncOutcome> {
  const to = otherSide(ctx.from)
  const records: Records = { [ctx.from]: looked.source, ...(looked.target && { [to]: looked.target }) }
  const end = (outcome: Partial<SyncOutcome>, store?: (db: TenantDb) => Promise<void>): Promise<SyncOutcome> =>
    endWithout(deps, ctx, work, { records, outcome, ...(store && { store }) })
  if (looked.gone) return end({ outcome: 'skipped', reason: DELETED_HERE })
  if (looked.several) {
    const [several, reason] = [looked.several, SEVERAL]
    return end({ outcome: 'conflict', reason }, (db) => askForMatch(deps, db, ctx, work, several))
  }
  if (work.held?.link.halted) return end({ outcome: 'skipped', reason: work.held.link.halted })
  const raw = planRecord({ ...work.planned, ...records, base: baseFor(work, records) })
  const { plan, obstacle } = fitPlan(raw, work.sides, records, work.held?.base, sourceIn(work))
  const isNew = !looked.target
  if (isNew && obstacle) return end({ outcome: 'skipped', reason: sentence(obstacle, plan) })
  if (isNew && !work.step.creates) return end({ outcome: 'skipped', reason: NOT_THERE })
  const wrote = wroteBy(plan)
  if (work.dry) return end({ outcome: planned(plan, isNew), reason: sentence(null, plan), wrote })
  const isIdle = !isNew && SIDES.every((side) => isNothing(plan.writes[side]))
  if (isIdle) return settle(deps, ctx, work, { plan, records, applied: { written: {} }, writes: [] })
  if (work.held && isRewrittenTooOften(work.held.link, deps.now())) {
    const { link } = work.held
    return end({ outcome: 'skipped', reason: REWRITTEN }, async (db) => {
      await haltLink(db, link, REWRITTEN)
      await askForBrake(deps, db, ctx, work)
    })
  }
  refuseWhileResting(deps, ctx)
  const writes = await openLedger(deps, ctx, work, plan, records)
  const claim = (id: string): Promise<void> =>
    claimRecord(deps, ctx, { object: work.step.object, id, own: work.sides[ctx.from] })
  const around = { quiet: ctx.quiet, contactId: ctx.contactId, claim, ...(looked.isAbsent && { isAbsent: true }) }
  const applied = await applyPlan(work.sides, { plan, from: ctx.from, records, around })
  return settle(deps, ctx, work, { plan, records, applied, writes })
}

const DELETED_HERE = 'Its contact was deleted in your account, so it is left alone.'
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

const wroteBy = ({ writes }: RecordPlan): SyncOutcome['wrote'] => ({
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

/** What the owner should know, beside what was done. */
function sentence(
  first: string | null | undefined,
  { problems, disputes }: RecordPlan,
  notes: string[] = [],
): string | null {
  const wrong = problems.filter(({ kind }) => kind === 'wrong').map(({ source }) => words(source))
  const kept = problems.filter(({ kind }) => kind === 'not_emptied').map(({ source }) => words(source))
  const left = [
    ...(wrong.length > 0
      ? [`Left out, because it cannot be right: ${[...new Set(wrong)].join(', ')}. Correct it.`]
      : []),
    ...(kept.length > 0 ? [`Kept there, because it cannot be emptied: ${[...new Set(kept)].join(', ')}.`] : []),
  ]
  const asked = disputes.length > 0 ? 'Both sides changed the same field: say which value is right.' : null
  return [first, ...notes, ...left, asked].filter(Boolean).join(' ') || null
}

/** `dateOfBirth` and `first_name` as people say it. */
const words = (field: string): string =>
  field
    .replace(/([A-Z]+|\d+)/g, ' $1')
    .replaceAll('_', ' ')
    .toLowerCase()

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

type Opened = NewWrite & { side: SideName }

/** What is about to be sent, before it is: a run that is interrupted knows what it may have done. */
async function openLedger(
  deps: SyncDeps,
  ctx: RunContext,
  { step }: PairWork,
  plan: RecordPlan,
  records: Records,
): Promise<Opened[]> {
  const sides = SIDES.filter((side) => !records[side] || !isNothing(plan.writes[side]))
  return deps.database.asTenant(ctx.tenantId, async (db) => {
    const openedAt = new Date(deps.now())
    const writes = await Promise.all(
      sides.map(async (side): Promise<Opened> => {
        const id = newId()
        const changes = plan.changes.filter((change) => change.side === side)
        return {
          id,
          runId: ctx.runId,
          connectionId: ctx.open.connection.id,
          object: step.object,
          highLevelId: records.highlevel?.id ?? null,
          partnerId: records.partner?.id ?? null,
          side,
          kind: records[side] ? 'update' : 'create',
          step: null,
          changes: await deps.vault.sealBytes(db, writePlace(db, id), Buffer.from(JSON.stringify(changes))),
          openedAt,
        }
      }),
    )
    await markUnknown(db, ctx.runId, openedAt)
    await openWrites(db, writes)
    return writes
  })
}

type Done = { plan: RecordPlan; records: Records; applied: Applied; writes: Opened[] }

/** Stores what was achieved: all of it, or as much as came before the error, which is thrown then. */
async function settle(deps: SyncDeps, ctx: RunContext, work: PairWork, done: Done): Promise<SyncOutcome> {
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
    reason: sentence(null, plan, notes),
    wrote: wroteBy(plan),
  }
  const at = new Date(deps.now())
  const close = (db: TenantDb): Promise<void> => closeWrites(db, closedOf(done, ids), at)
  try {
    await deps.database.asTenant(ctx.tenantId, async (db) => {
      await refuseOvertaken(db, ctx.open)
      await close(db)
      await keepBase(deps, db, ctx, work, { ...done, ...ids, isDeclined }, at)
      if (error) return
      await askForValues(deps, db, ctx, work, { plan, ...ids })
      if (outcome.outcome === 'unchanged' && (await hasBegunBefore(db, ctx.runId, at))) outcome.outcome = 'updated'
      await work.finish(db, outcome)
    })
  } catch (overtaken) {
    // Nothing of it is kept, but what was sent was sent.
    if (overtaken instanceof Overtaken) await deps.database.asTenant(ctx.tenantId, close)
    throw overtaken
  }
  if (error) throw error
  return outcome
}

/** Nothing was left to do because an earlier attempt, whose answer was lost, had done it. */
async function hasBegunBefore(db: TenantDb, runId: string, at: Date): Promise<boolean> {
  await markUnknown(db, runId, at)
  return hasWrites(db, runId)
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
  const base = isDone ? withAnswers(plan.base, applied.written) : (work.held?.base ?? NO_BASE)
  const wrote = Object.keys(applied.written).length > 0
  const sealed = await sealBase(deps.vault, db, key, base)
  await saveSynced(db, { ...key, partnerId, base: sealed, wrote }, at)
  if (isDone)
    await outdateFieldConflicts(db, { ...key, stillOpen: plan.disputes.map(({ partnerField }) => partnerField) }, at)
}

/** What a side says it holds after the write is what it holds, whatever it was asked to. */
function withAnswers(base: Base, written: Applied['written']): Base {
  const after = (side: SideName) => {
    const told = written[side]?.record?.fields ?? {}
    const known = Object.keys(base[side]).filter((key) => told[key] !== undefined)
    return { ...base[side], ...Object.fromEntries(known.map((key) => [key, told[key] ?? null])) }
  }
  return { ...base, highlevel: after('highlevel'), partner: after('partner') }
}
