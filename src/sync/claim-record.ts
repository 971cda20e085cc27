import type { TenantDb } from '../db/database.ts'
import { sha256Hex } from '../lib/hash.ts'
import { Trouble } from '../lib/trouble.ts'
import { deleteLink, findLink } from './link-store.ts'
import { otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { Side } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { endTurn, takeTurn } from './take-turn.ts'

/** Rejects when the record on the other side is the counterpart of another one here that still exists. */
export async function claimRecord(
  deps: SyncDeps,
  ctx: RunContext,
  wanted: { object: string; id: string; own: Side },
): Promise<void> {
  const [connectionId, side] = [ctx.open.connection.id, otherSide(ctx.from)]
  const end = { connectionId, object: wanted.object, side, recordId: wanted.id }
  const link = await deps.database.asTenant(ctx.tenantId, (db) => findLink(db, end))
  const holder = link && (ctx.from === 'highlevel' ? link.highLevelId : link.partnerId)
  if (!link || !holder || holder === ctx.recordId) return
  if (await isThere(wanted.own, holder)) throw alreadyLinked(ctx, side, wanted.object)
  await deps.database.asTenant(ctx.tenantId, (db) => deleteLink(db, link))
}

async function isThere(side: Side, id: string): Promise<boolean> {
  const record = await side.read(id, { withLabels: false })
  return record !== undefined && !record.isDeleted
}

function alreadyLinked({ open }: RunContext, side: SideName, object: string): Trouble {
  if (object !== 'contact')
    return new Trouble('conflict', { detail: `The ${object} over there is linked to another one already.` })
  const [here, there] =
    side === 'partner' ? ['your account', open.connector.name] : [open.connector.name, 'your account']
  return new Trouble('conflict', {
    detail: `Another contact of ${here} has the same e-mail address or phone number and is linked to this contact in ${there} already. Nothing was merged: merge the two in ${here}, or correct one of them.`,
  })
}

/**
 * Two records with one identity may be worked on at the same moment, from either side, and then neither would find the
 * other's counterpart. So the search and the write of what is new are done by one at a time for each identity. `look` finds
 * what somebody else has done meanwhile.
 */
export async function oneAtATime<Found, T>(
  deps: SyncDeps,
  ctx: RunContext,
  wanted: { identities: readonly unknown[]; look(db: TenantDb): Promise<Found | undefined> },
  work: (release: (db: TenantDb) => Promise<void>) => Promise<T>,
): Promise<{ found: Found } | { done: T }> {
  const { connection } = ctx.open
  const names = wanted.identities
    .flatMap((value) => (value ? [`record ${connection.id} ${sha256Hex(String(value).toLowerCase())}`] : []))
    .sort()
  const turn = await takeTurn(deps.database, { tenantId: ctx.tenantId, holder: ctx.runId, names }, wanted.look)
  if ('found' in turn) return turn
  try {
    return { done: await work((db) => endTurn(db, turn.leases)) }
  } catch (error) {
    await deps.database.asTenant(ctx.tenantId, (db) => endTurn(db, turn.leases))
    throw error
  }
}
