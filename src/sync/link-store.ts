import type { TenantDb } from '../db/database.ts'
import { Trouble } from '../lib/trouble.ts'

/** A record on both sides, and what each looked like when it was last read or written. */
export type Link = {
  connectionId: string
  object: 'contact' | 'label'
  highLevelId: string
  partnerId: string
  /** Hash of HighLevel's record as last read. */
  highLevelHash: string | null
  /** Hash of the partner's record as last written. */
  partnerHash: string | null
  /** The values behind the hashes, sealed. */
  base: Buffer | null
}

type LinkKey = Pick<Link, 'connectionId' | 'object' | 'highLevelId'>

const where = (db: TenantDb, { connectionId, object, highLevelId }: LinkKey) => ({
  tenant_id: db.tenantId,
  connection_id: connectionId,
  object,
  highlevel_id: highLevelId,
})

export const basePlace = (db: TenantDb, key: LinkKey): string =>
  `links.base/${db.tenantId}/${key.connectionId}/${key.object}/${key.highLevelId}`

const COLUMNS = {
  connectionId: 'connection_id',
  object: 'object',
  highLevelId: 'highlevel_id',
  partnerId: 'partner_id',
  highLevelHash: 'highlevel_hash',
  partnerHash: 'partner_hash',
  base: 'base',
} as const

export const findLink = (db: TenantDb, key: LinkKey): Promise<Link | undefined> =>
  db.sql('links').where(where(db, key)).first(COLUMNS)

type PartnerKey = Pick<Link, 'connectionId' | 'object' | 'partnerId'>

export const findLinkOfPartner = (db: TenantDb, key: PartnerKey): Promise<Link | undefined> =>
  db
    .sql('links')
    .where({
      tenant_id: db.tenantId,
      connection_id: key.connectionId,
      object: key.object,
      partner_id: key.partnerId,
    })
    .first(COLUMNS)

/** The partner's ids of these labels, as far as they are known. */
export async function findLabelIds(db: TenantDb, connectionId: string, keys: string[]): Promise<Map<string, string>> {
  const rows = await db
    .sql('links')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object: 'label' })
    .whereIn('highlevel_id', keys)
    .select({ key: 'highlevel_id', id: 'partner_id' })
  return new Map(rows.map(({ key, id }) => [key, id]))
}

/** Refuses to link one record of the partner to two of HighLevel's. */
export async function saveLink(db: TenantDb, link: Link, at: Date): Promise<void> {
  const values = {
    partner_id: link.partnerId,
    highlevel_hash: link.highLevelHash,
    partner_hash: link.partnerHash,
    base: link.base,
    updated_at: at,
  }
  const other = await findLinkOfPartner(db, link)
  if (other && other.highLevelId !== link.highLevelId) throw new Trouble('conflict', { detail: TAKEN })
  await db
    .sql('links')
    .insert({ ...where(db, link), ...values, created_at: at })
    .onConflict(['tenant_id', 'connection_id', 'object', 'highlevel_id'])
    .merge(values)
}

const TAKEN = 'It is linked to another record there already.'

export async function deleteLink(db: TenantDb, key: LinkKey): Promise<void> {
  await db.sql('links').where(where(db, key)).delete()
}

/** The label has another id by now, or none: only what was known to be stale is forgotten. */
export async function deleteStaleLink(db: TenantDb, key: LinkKey & Pick<Link, 'partnerId'>): Promise<void> {
  await db
    .sql('links')
    .where({ ...where(db, key), partner_id: key.partnerId })
    .delete()
}
