import type { TenantDb } from '../db/database.ts'
import { isSameValue } from '../flows/mapping/same-value.ts'
import type { FieldValues } from '../lib/field.ts'
import { firstIdAt } from '../lib/ids.ts'
import { fieldsOf } from './fields-of.ts'
import { findLink } from './link-store.ts'
import { openChanges } from './open-changes.ts'
import { ownerFieldsOf } from './owner-fields.ts'
import type { PairWork } from './pair-work.ts'
import { otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord, Unanswered } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { type Creation, listCreationsFor, listCreationsOf, listUnanswered } from './unanswered-store.ts'

/** Whoever was not answered for so long is not going to be found by what he sent. */
const LOOK_BACK_MS = 24 * 3_600_000
const MOST = 100

/**
 * Earlier attempts, of any run, to make the counterpart of this record, which may have made it although no link says so. Nothing
 * that belongs to a contact is known by anything but its contents, so only after such an attempt is it looked for.
 */
export async function findUnanswered(deps: SyncDeps, ctx: RunContext, work: PairWork): Promise<Unanswered[]> {
  if (!ownerFieldsOf(work.object)) return []
  const place = placeOf(deps, ctx, work, otherSide(ctx.from))
  return deps.database.asTenant(ctx.tenantId, async (db) => {
    const creations = await listCreationsFor(db, place, ctx.recordId)
    return Promise.all(
      creations.map(async (one) => ({
        sent: await sentBy(deps, db, one),
        at: one.openedAt.getTime(),
        id: one.state === 'done' ? idOn(place.side, one) : null,
      })),
    )
  })
}

/**
 * The record that this one was made for, where it was made by us and no link says so, as after a lost answer: told as new, it
 * would be taken for somebody else's and be made once more on the side where it came from.
 */
export async function findMaker(deps: SyncDeps, ctx: RunContext, work: PairWork): Promise<SyncRecord | undefined> {
  if (!ownerFieldsOf(work.object)) return undefined
  const side = otherSide(ctx.from)
  const madeFor = await deps.database.asTenant(ctx.tenantId, (db) => findSource(deps, db, ctx, work))
  const record = madeFor && (await work.sides[side].read(madeFor, { withLabels: false }))
  return record && !record.isDeleted ? record : undefined
}

async function findSource(deps: SyncDeps, db: TenantDb, ctx: RunContext, work: PairWork): Promise<string | undefined> {
  const [place, side] = [placeOf(deps, ctx, work, ctx.from), otherSide(ctx.from)]
  const certain = await listCreationsOf(db, place, ctx.recordId)
  for (const one of [...certain, ...(await listUnanswered(db, place))]) {
    const recordId = idOn(side, one)
    if (!recordId) continue
    if (one.state !== 'done' && !isWhatWasSent(ctx, work, await sentBy(deps, db, one))) continue
    const end = { connectionId: place.connectionId, object: place.object, side, recordId }
    if (!(await findLink(db, end))) return recordId
  }
  return undefined
}

const placeOf = (deps: SyncDeps, ctx: RunContext, { object }: PairWork, side: SideName) => ({
  ...{ connectionId: ctx.open.connection.id, object: object.key, side },
  ...{ since: firstIdAt(deps.now() - LOOK_BACK_MS), most: MOST },
})

const idOn = (side: SideName, { highLevelId, partnerId }: Creation): string | null =>
  side === 'partner' ? partnerId : highLevelId

async function sentBy({ vault }: SyncDeps, db: TenantDb, creation: Creation): Promise<FieldValues> {
  const changes = await openChanges(vault, db, creation)
  return Object.fromEntries(changes.map(({ field, after }) => [field, after]))
}

/** As far as it was read: the contact that it was made for among them. */
function isWhatWasSent({ from, around }: RunContext, { object, source }: PairWork, sent: FieldValues): boolean {
  const fields = fieldsOf(object)[from]
  const owner = ownerFieldsOf(object)?.[from]
  const isSame = ([key, value]: [string, FieldValues[string]]): boolean =>
    source.fields[key] === undefined ||
    isSameValue(fields.get(key)?.type ?? 'text', value, source.fields[key] ?? null, around)
  return owner !== undefined && owner !== null && sent[owner] !== undefined && Object.entries(sent).every(isSame)
}
