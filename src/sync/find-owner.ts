import { listRunningFlows } from '../flows/flow-store.ts'
import { timeOfId } from '../lib/ids.ts'
import { Trouble } from '../lib/trouble.ts'
import { sideOf, syncStepOf } from './directions.ts'
import { judgeOwner, type Owner } from './judge-owner.ts'
import { findLink } from './link-store.ts'
import { type OwnerFields, ownerFieldsOf, ownerIn } from './owner-fields.ts'
import type { PairWork, Records } from './pair-work.ts'
import { otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'

/** `owner` null: it belongs to nobody, or nothing is known that could be wrong. `follows`: its counterpart is to be given to him. */
export type Owned = { fields: OwnerFields | undefined; owner: Owner | null; follows: boolean }

const NOBODYS: Owned = { fields: undefined, owner: null, follows: false }

/**
 * The contact that a record belongs to, on both sides, by the link of that contact alone: a task at the wrong contact is worse than
 * none. One sentence where it has none there. Rejects while that contact may still be on its way.
 */
export async function findOwner(
  deps: SyncDeps,
  ctx: RunContext,
  work: PairWork,
  records: Records,
): Promise<Owned | { reason: string }> {
  const fields = ownerFieldsOf(work.object)
  if (!fields) return NOBODYS
  const owned: Owned = { fields, owner: null, follows: false }
  const [from, to] = [ctx.from, otherSide(ctx.from)]
  const isNew = !records[to]
  if (fields.partner === null) return isNew && from === 'partner' ? { reason: unowned(ctx, work) } : owned
  const own = ownerIn(records[from]?.fields, fields[from])
  if (!own) return isNew || own === null ? { reason: unowned(ctx, work) } : owned
  const meant = await counterpartOf(deps, ctx, own)
  const owner = meant === undefined ? null : ({ [from]: own, [to]: meant } as Owner)
  if (isNew) return owner ? { ...owned, owner } : waitOrSay(deps, ctx, work)
  const base = work.held?.base
  const verdict = judgeOwner({
    ...{ own, meant, other: ownerIn(records[to]?.fields, fields[to]) },
    before: { own: ownerIn(base?.[from], fields[from]), other: ownerIn(base?.[to], fields[to]) },
    canFollow: to === 'partner' && work.object.belongsTo?.moves === true,
  })
  if (verdict === 'differs') return { reason: differs(ctx, work) }
  if (verdict === 'has none there') return waitOrSay(deps, ctx, work)
  return { ...owned, owner: verdict === 'unknown' ? null : owner, follows: verdict === 'follows' }
}

/** Of a contact on the side that the event is about: its id on the other one. */
async function counterpartOf(deps: SyncDeps, ctx: RunContext, id: string): Promise<string | undefined> {
  const end = { connectionId: ctx.open.connection.id, object: 'contact', side: ctx.from, recordId: id }
  const link = await deps.database.asTenant(ctx.tenantId, (db) => findLink(db, end))
  return ctx.from === 'highlevel' ? link?.partnerId : link?.highLevelId
}

/**
 * Records of this kind that belong to one contact are made by one run at a time, from whichever side: what was made a moment ago
 * is told as new, and must find its link.
 */
export async function ownerNames(deps: SyncDeps, ctx: RunContext, { object, source }: PairWork): Promise<string[]> {
  const own = ownerIn(source.fields, ownerFieldsOf(object)?.[ctx.from] ?? null)
  const contactId = own && ctx.from === 'partner' ? await counterpartOf(deps, ctx, own) : own
  return contactId ? [`${object.key} of ${contactId}`] : []
}

async function waitOrSay(deps: SyncDeps, ctx: RunContext, work: PairWork): Promise<{ reason: string }> {
  const reason = unlinked(ctx, work)
  if (!work.dry && (await mayBeOnItsWay(deps, ctx, work))) throw new Trouble('unavailable', { detail: reason })
  return { reason }
}

/** A contact and its first task are often made together, and their events are not in order of each other. */
const PATIENCE_MS = 60_000

/**
 * Events of the platform about notes, appointments and opportunities are in order of their contact's: it would wait behind
 * them, and they for it.
 */
async function mayBeOnItsWay(deps: SyncDeps, ctx: RunContext, { object }: PairWork): Promise<boolean> {
  if (ctx.from === 'highlevel' && object.key !== 'task') return false
  if (deps.now() - timeOfId(ctx.runId) > PATIENCE_MS) return false
  const flows = await deps.database.asTenant(ctx.tenantId, (db) => listRunningFlows(db, ctx.open.connection.id))
  return flows.some((flow) => sideOf(flow) === ctx.from && syncStepOf(flow, 'contact')?.creates)
}

const placesOf = ({ from, open }: RunContext): Record<'here' | 'there', string> => {
  const names: Record<SideName, string> = { highlevel: 'your account', partner: open.connector.name }
  return { here: names[from], there: names[otherSide(from)] }
}

const unlinked = (ctx: RunContext, { object }: PairWork): string =>
  `The contact of this ${object.key} has no counterpart in ${placesOf(ctx).there} yet, so the ${object.key} was left alone. Once the contact is there, the ${object.key} follows with its next change.`

const unowned = (ctx: RunContext, { object }: PairWork): string =>
  `This ${object.key} belongs to no contact in ${placesOf(ctx).here}, so it was left alone.`

const differs = (ctx: RunContext, { object }: PairWork): string =>
  `This ${object.key} belongs to another contact in ${placesOf(ctx).here} than in ${placesOf(ctx).there}, and cannot be moved there. It is left alone until both belong to the same one again, or one of them is deleted.`
