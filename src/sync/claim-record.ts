import { Trouble } from '../lib/trouble.ts'
import { deleteLink, findLink } from './link-store.ts'
import { otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { Side } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

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
