import type { LabelPolicy, SyncStep } from '../connectors/flow-definition.ts'
import { Trouble } from '../lib/trouble.ts'
import { adoptMoved } from './adopt-moved.ts'
import { claimRecord } from './claim-record.ts'
import { directionsOf } from './directions.ts'
import { fieldsOf } from './fields-of.ts'
import { type Counterpart, findCounterpart } from './find-counterpart.ts'
import { ownerNames } from './find-owner.ts'
import { type HeldPair, holdPairInTurn } from './hold-pair.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { PairInput, PairWork } from './pair-work.ts'
import { createPartnerCalls } from './partner-calls.ts'
import { otherSide } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { Side, SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import { findMaker } from './unanswered.ts'
import { writePair } from './write-pair.ts'

/**
 * Brings a record and its counterpart in step. Whoever is at it holds the pair, and reads both sides meanwhile: what an event
 * said, and in which order events come, decides nothing. Rejects when it should be tried again later, or cannot be done.
 */
export async function syncPair(deps: SyncDeps, ctx: RunContext, input: PairInput): Promise<SyncOutcome> {
  const { step } = input
  const held = input.held === undefined ? await holdPairInTurn(deps, ctx, step.object) : (input.held ?? undefined)
  const work = prepare(deps, ctx, { ...input, held })
  if (held) return syncLinked(deps, ctx, work, held)
  if (await adoptMoved(deps, ctx, work)) return syncPair(deps, ctx, withoutHold(input))
  return syncNew(deps, ctx, work)
}

const withoutHold = ({ held: _none, ...input }: PairInput): PairInput => input

function prepare(deps: SyncDeps, ctx: RunContext, input: Omit<PairInput, 'held'> & Pick<PairWork, 'held'>): PairWork {
  const { connector } = ctx.open
  const object = connector.objects.find(({ key }) => key === input.step.object)
  if (!object) throw new Trouble('rejected', { detail: `${connector.name} has nothing of this kind any more.` })
  const calls = createPartnerCalls(deps, ctx, ctx.log)
  const sides = { partner: partnerSide(calls, object), highlevel: platformSide(deps, ctx, object.key) }
  const planned = {
    directions: directionsOf(input.step, ctx),
    fields: fieldsOf(object),
    erases: { partner: sides.partner.erases, highlevel: sides.highlevel.erases },
    around: ctx.around,
  }
  return { ...input, object, sides, planned }
}

const NO_LABELS: LabelPolicy = { kind: 'none' }

/** What was read this long before both were last in step may be from before that. */
const DOUBT_MS = 5000

async function syncLinked(deps: SyncDeps, ctx: RunContext, work: PairWork, held: HeldPair): Promise<SyncOutcome> {
  const [own, other] = [work.sides[ctx.from], work.sides[otherSide(ctx.from)]]
  const { link } = held
  const isDoubtful = link.syncedAt !== null && link.syncedAt.getTime() > work.readAt - DOUBT_MS
  const source =
    isDoubtful || lacksLabels(ctx, work.step, work.source) ? await readOnceMore(ctx, own, work) : work.source
  if (!source) throw new Trouble('unavailable', { detail: 'The record vanished just now. It will be looked at again.' })
  const otherId = ctx.from === 'highlevel' ? link.partnerId : link.highLevelId
  const target = await other.read(otherId, {
    withLabels: (work.planned.directions[ctx.from]?.labels ?? NO_LABELS).kind !== 'none',
  })
  const isGone = !target || target.isDeleted
  if (isGone && (ctx.from === 'partner' || isDeletionMinded(ctx)))
    return writePair(deps, ctx, work, { source, gone: true })
  return writePair(deps, ctx, work, { source, target })
}

/** What is deleted there means something to the owner: then a change here, our own among them, does not bring it back. */
const isDeletionMinded = ({ opposite }: RunContext): boolean =>
  opposite !== undefined && opposite.definition.onDelete.kind !== 'nothing'

/** A side that does not say itself when a record was changed leaves it at what the event said. */
async function readOnceMore(ctx: RunContext, own: Side, work: PairWork): Promise<SyncRecord | undefined> {
  const record = await own.read(ctx.recordId, labelsOf(ctx, work.step))
  return record && { ...record, changedAt: record.changedAt ?? work.source.changedAt }
}

/** Labels of a partner's records are read with the record alone, and not every source of records has read that. */
export const lacksLabels = (ctx: RunContext, step: SyncStep, source: SyncRecord): boolean =>
  labelsOf(ctx, step).withLabels && source.labels === undefined

const labelsOf = ({ from }: RunContext, { labels }: SyncStep): { withLabels: boolean } => ({
  withLabels: from === 'partner' && labels.kind !== 'none',
})

/** Nobody else looks for, or makes, the counterpart of a record with one of these identities meanwhile. */
async function syncNew(deps: SyncDeps, ctx: RunContext, given: PairWork): Promise<SyncOutcome> {
  const own = given.sides[ctx.from]
  const readAgain = lacksLabels(ctx, given.step, given.source) ? await readOnceMore(ctx, own, given) : undefined
  const work = readAgain ? { ...given, source: readAgain } : given
  const newcomer = {
    ...{ object: work.step.object, source: work.source, fields: work.planned.fields[ctx.from] },
    alike: await ownerNames(deps, ctx, work),
  }
  const turn = await oneAtATime(deps, ctx, { ...newcomer, taken: given.turn }, async (release) => {
    const target = await find(deps, ctx, work)
    if (target.kind === 'one') await claimRecord(deps, ctx, { object: work.step.object, id: target.record.id, own })
    const finish: PairInput['finish'] = async (db, outcome) => {
      await Promise.all([work.finish(db, outcome), release(db)])
    }
    return writePair(deps, ctx, { ...work, finish }, { source: work.source, ...foundAs(target) })
  })
  if ('done' in turn) return turn.done
  const held = await holdPairInTurn(deps, ctx, work.step.object)
  return held ? syncLinked(deps, ctx, work, held) : syncNew(deps, ctx, work)
}

const find = async (deps: SyncDeps, ctx: RunContext, work: PairWork): Promise<Counterpart> => {
  const maker = await findMaker(deps, ctx, work)
  if (maker) return { kind: 'one', record: maker }
  const { source, sides, planned } = work
  const to = otherSide(ctx.from)
  const direction = planned.directions[to]
  if (!direction) throw new Error('The flow carries nothing.')
  return findCounterpart(sides[to], { source, direction, fields: planned.fields[to], around: planned.around })
}

type Found = { target?: SyncRecord; isAbsent?: boolean; several?: SyncRecord[] }

function foundAs(counterpart: Counterpart): Found {
  if (counterpart.kind === 'one') return { target: counterpart.record }
  if (counterpart.kind === 'several') return { several: counterpart.records }
  return counterpart.kind === 'none' ? { isAbsent: counterpart.isAbsent } : {}
}
