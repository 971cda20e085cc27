import type { TenantDb } from '../db/database.ts'
import { Trouble } from '../lib/trouble.ts'
import type { SideName } from './plan/record-plan.ts'

/** A record on both sides; or a tag and the label that stands for it there. */
export type Link = LinkKey & {
  partnerId: string
  /** What both sides held when they were last in step, sealed. */
  base: Buffer | null
  /** When that was. */
  syncedAt: Date | null
  /** When it was written lately, the oldest first. */
  rewrites: Date[]
  /** Why nobody writes it until its owner says so. */
  halted: string | null
}

export type LinkKey = {
  connectionId: string
  /** The object's key, or `label`. */
  object: string
  highLevelId: string
}

/** A link by the record of one side. */
export type LinkEnd = { connectionId: string; object: string; side: SideName; recordId: string }

const where = (db: TenantDb, { connectionId, object, highLevelId }: LinkKey) => ({
  tenant_id: db.tenantId,
  connection_id: connectionId,
  object,
  highlevel_id: highLevelId,
})

const atEnd = (db: TenantDb, { connectionId, object, side, recordId }: LinkEnd) => ({
  tenant_id: db.tenantId,
  connection_id: connectionId,
  object,
  ...(side === 'highlevel' ? { highlevel_id: recordId } : { partner_id: recordId }),
})

export const basePlace = (db: TenantDb, key: LinkKey): string =>
  `links.base/${db.tenantId}/${key.connectionId}/${key.object}/${key.highLevelId}`

const COLUMNS = {
  connectionId: 'connection_id',
  object: 'object',
  highLevelId: 'highlevel_id',
  partnerId: 'partner_id',
  base: 'base',
  syncedAt: 'synced_at',
  rewrites: 'rewrites',
  halted: 'halted',
} as const

export const findLink = (db: TenantDb, end: LinkEnd): Promise<Link | undefined> =>
  db.sql('links').where(atEnd(db, end)).first(COLUMNS)

/**
 * The link, held by the run until the moment given: nobody else works on the pair meanwhile. A run that was interrupted
 * holds what it held. `busy` when somebody else does; undefined when there is none.
 */
export async function holdLink(
  db: TenantDb,
  end: LinkEnd,
  hold: { holder: string; forMs: number },
): Promise<Link | 'busy' | undefined> {
  const there = `tenant_id = :tenant and connection_id = :connectionId and object = :object and ${ID_AT[end.side]} = :recordId`
  const { rows } = await db.sql.raw<{ rows: (Link & { isHeld: boolean })[] }>(
    `with held as (
       update links set held_by = :holder, held_until = clock_timestamp() + :forMs * interval '1 ms'
       where ${there} and (held_by is null or held_by = :holder or held_until < clock_timestamp())
       returning ${SELECTED}
     )
     select true as "isHeld", held.* from held union all
     select false, ${SELECTED} from links where ${there} and not exists (select from held)`,
    { ...end, ...hold, tenant: db.tenantId },
  )
  const [found] = rows
  if (!found) return undefined
  const { isHeld, ...link } = found
  return isHeld ? link : 'busy'
}

const SELECTED = Object.entries(COLUMNS)
  .map(([name, column]) => `${column} as "${name}"`)
  .join(', ')

const ID_AT = { highlevel: 'highlevel_id', partner: 'partner_id' } as const

/** Only the holder's own hold. */
export async function releaseLink(db: TenantDb, key: LinkKey, holder: string): Promise<void> {
  await db
    .sql('links')
    .where({ ...where(db, key), held_by: holder })
    .update({ held_by: null, held_until: null })
}

/** Whatever a run holds, when it fails. */
export async function releaseLinksOf(db: TenantDb, holder: string): Promise<void> {
  await db.sql('links').where({ tenant_id: db.tenantId, held_by: holder }).update({ held_by: null, held_until: null })
}

/** Enough to see that a record is written again and again. */
const REWRITES_KEPT = 50

/**
 * What both sides agree on from now on, and the pair is let go of. Refuses to link one record of the partner to two of the
 * platform's.
 */
export async function saveSynced(
  db: TenantDb,
  link: LinkKey & { partnerId: string; base: Buffer; wrote: boolean },
  at: Date,
): Promise<void> {
  const { rows } = await db.sql.raw(
    `insert into links as l (tenant_id, connection_id, object, highlevel_id, partner_id, base, synced_at, rewrites, created_at, updated_at)
     select :tenant, :connection, :object, :highLevelId, :partnerId, :base, clock_timestamp(),
            case when :wrote then array[clock_timestamp()] else '{}'::timestamptz[] end, :at, :at
     where not exists (
       select from links where tenant_id = :tenant and connection_id = :connection and object = :object
         and partner_id = :partnerId and highlevel_id <> :highLevelId)
     on conflict (tenant_id, connection_id, object, highlevel_id) do update set
       partner_id = excluded.partner_id, base = excluded.base, synced_at = excluded.synced_at,
       rewrites = case when :wrote
         then (l.rewrites || clock_timestamp())[greatest(1, cardinality(l.rewrites) + 2 - ${REWRITES_KEPT}):]
         else l.rewrites end,
       held_by = null, held_until = null, updated_at = :at
     returning 1`,
    {
      tenant: db.tenantId,
      connection: link.connectionId,
      object: link.object,
      highLevelId: link.highLevelId,
      partnerId: link.partnerId,
      base: link.base,
      wrote: link.wrote,
      at,
    },
  )
  if (rows.length === 0) throw new Trouble('conflict', { detail: TAKEN })
}

const TAKEN = 'It is linked to another record there already.'

/** What an owner decided goes into the base of a pair that nobody is at. False when somebody is. */
export async function replaceBase(db: TenantDb, key: LinkKey, base: Buffer): Promise<boolean> {
  const changed = await db
    .sql('links')
    .where(where(db, key))
    .where((free) => free.whereNull('held_by').orWhereRaw('held_until < clock_timestamp()'))
    .update({ base })
  return changed === 1
}

/** Two records that an owner says are one. Refused where either is linked already. */
export async function insertLink(
  db: TenantDb,
  link: LinkKey & { partnerId: string; base: Buffer },
  at: Date,
): Promise<boolean> {
  const row = { ...where(db, link), partner_id: link.partnerId, base: link.base, created_at: at, updated_at: at }
  const made = await db.sql('links').insert(row).onConflict().ignore().returning('highlevel_id')
  return made.length === 1
}

export async function haltLink(db: TenantDb, key: LinkKey, reason: string | null): Promise<void> {
  await db
    .sql('links')
    .where(where(db, key))
    .update({ halted: reason, ...(reason === null && { rewrites: [] }) })
}

export async function deleteLink(db: TenantDb, key: LinkKey): Promise<void> {
  await db.sql('links').where(where(db, key)).delete()
}

/** How many pairs a connection has of an object, up to a bound. */
export async function countLinks(
  db: TenantDb,
  { connectionId, object, most }: { connectionId: string; object: string; most: number },
): Promise<number> {
  const some = db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object })
    .limit(most)
    .select('highlevel_id')
  const [row] = await db.sql.from(some.as('some')).count('* as count')
  return Number(row?.count ?? 0)
}

/** Of these records of one side, those that have a counterpart: its id by theirs. */
export async function findCounterpartIds(
  db: TenantDb,
  { connectionId, object, side, recordIds }: Omit<LinkEnd, 'recordId'> & { recordIds: readonly string[] },
): Promise<Map<string, string>> {
  const [own, other] = side === 'highlevel' ? ['highlevel_id', 'partner_id'] : ['partner_id', 'highlevel_id']
  const rows: { own: string; other: string }[] = await db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object })
    .whereIn(own as string, [...recordIds])
    .select({ own, other })
  return new Map(rows.map((row) => [row.own, row.other]))
}
