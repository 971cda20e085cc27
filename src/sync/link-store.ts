import type { TenantDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'

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

export const findLink = (db: TenantDb, key: LinkKey): Promise<Link | undefined> =>
  db.sql('links').where(where(db, key)).first({
    connectionId: 'connection_id',
    object: 'object',
    highLevelId: 'highlevel_id',
    partnerId: 'partner_id',
    highLevelHash: 'highlevel_hash',
    partnerHash: 'partner_hash',
    base: 'base',
  })

/** Refuses to link one partner record to two of HighLevel's. */
export async function saveLink(db: TenantDb, link: Link, at: Date): Promise<void> {
  const values = {
    partner_id: link.partnerId,
    highlevel_hash: link.highLevelHash,
    partner_hash: link.partnerHash,
    base: link.base,
    updated_at: at,
  }
  const taken = await db
    .sql('links')
    .where({
      tenant_id: db.tenantId,
      connection_id: link.connectionId,
      object: link.object,
      partner_id: link.partnerId,
    })
    .whereNot('highlevel_id', link.highLevelId)
    .first('highlevel_id')
  if (taken) throw new AppError('conflict', { detail: 'Another contact is already linked to the same record there.' })
  await db
    .sql('links')
    .insert({ ...where(db, link), ...values, created_at: at })
    .onConflict(['tenant_id', 'connection_id', 'object', 'highlevel_id'])
    .merge(values)
}

export async function deleteLink(db: TenantDb, key: LinkKey): Promise<void> {
  await db.sql('links').where(where(db, key)).delete()
}
