import type { TenantDb } from '../db/database.ts'
import type { Link, LinkKey } from './link-store.ts'

export type MovedLink = Pick<Link, 'connectionId' | 'object' | 'highLevelId' | 'base'>

/** The link of a task or a note by the second part of its id, whichever contact the first one names. */
export const findLinkBelow = (
  db: TenantDb,
  { connectionId, object, id }: { connectionId: string; object: string; id: string },
): Promise<MovedLink | undefined> =>
  db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object })
    .whereIn('object', ['task', 'note'])
    .whereRaw("split_part(highlevel_id, '/', 2) = ?", [id])
    .first({ connectionId: 'connection_id', object: 'object', highLevelId: 'highlevel_id', base: 'base' })

/** Under another id of the platform's from now on. False while somebody is at the pair. */
export async function renameLink(
  db: TenantDb,
  { connectionId, object, highLevelId }: LinkKey,
  to: { highLevelId: string; base: Buffer | null },
): Promise<boolean> {
  const changed = await db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object, highlevel_id: highLevelId })
    .where((free) => free.whereNull('held_by').orWhereRaw('held_until < clock_timestamp()'))
    .update({ highlevel_id: to.highLevelId, base: to.base, held_by: null, held_until: null })
  return changed === 1
}
