import { splitRecordId } from '../highlevel/record-of-contact.ts'
import { Trouble } from '../lib/trouble.ts'
import { openBase, sealBase } from './base.ts'
import { findLinkBelow, renameLink } from './moved-link-store.ts'
import type { PairWork } from './pair-work.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'

/**
 * A task or a note that was given to another contact of the account goes by another id. Its link follows it: it is no new
 * one. Not while it is there under its old id as well.
 */
export async function adoptMoved(deps: SyncDeps, ctx: RunContext, { object, sides }: PairWork): Promise<boolean> {
  if (ctx.from !== 'highlevel' || !ctx.recordId.includes('/')) return false
  const { id } = splitRecordId(ctx.recordId)
  const about = { connectionId: ctx.open.connection.id, object: object.key, id }
  const link = await deps.database.asTenant(ctx.tenantId, (db) => findLinkBelow(db, about))
  if (!link || (await sides.highlevel.read(link.highLevelId, { withLabels: false }))) return false
  const isRenamed = await deps.database.asTenant(ctx.tenantId, async (db) => {
    const to = { ...link, highLevelId: ctx.recordId }
    const base = link.base && (await sealBase(deps.vault, db, to, await openBase(deps.vault, db, link, link.base)))
    return renameLink(db, link, { highLevelId: ctx.recordId, base })
  })
  if (!isRenamed) throw new Trouble('unavailable', { detail: 'Another run works on this record just now.' })
  return true
}
