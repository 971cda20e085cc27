import type { SystemDb, TenantDb } from '../db/database.ts'

/** Null for a deleted contact of which nothing was heard since. */
export type StoredContactState = { known: Buffer | null; deletedAt: Date | null }

export const contactStatePlace = (tenantId: string, contactId: string): string =>
  `contact_states.known/${tenantId}/${contactId}`

const COLUMNS = { known: 'known', deletedAt: 'deleted_at' } as const

export const findContactState = (db: TenantDb, contactId: string): Promise<StoredContactState | undefined> =>
  db.sql('contact_states').where({ tenant_id: db.tenantId, contact_id: contactId }).first(COLUMNS)

/** Locked until the transaction ends, so that what two workers heard is added up. */
export const findContactStateForChange = (db: TenantDb, contactId: string): Promise<StoredContactState | undefined> =>
  db.sql('contact_states').where({ tenant_id: db.tenantId, contact_id: contactId }).forUpdate().first(COLUMNS)

/** False when another worker stored the first one of this contact meanwhile. */
export async function insertContactState(
  db: TenantDb,
  contactId: string,
  { known, deletedAt }: StoredContactState,
  at: Date,
): Promise<boolean> {
  const row = { tenant_id: db.tenantId, contact_id: contactId, known, deleted_at: deletedAt, updated_at: at }
  const inserted = await db.sql('contact_states').insert(row).onConflict().ignore().returning('contact_id')
  return inserted.length > 0
}

export async function updateContactState(
  db: TenantDb,
  contactId: string,
  { known, deletedAt }: StoredContactState,
  at: Date,
): Promise<void> {
  const where = { tenant_id: db.tenantId, contact_id: contactId }
  await db.sql('contact_states').where(where).update({ known, deleted_at: deletedAt, updated_at: at })
}

/** Contacts deleted so long ago that no news from before can come any more. */
export const forgetDeletedContacts = (db: SystemDb, before: Date): Promise<number> =>
  db.sql('contact_states').where('deleted_at', '<', before).whereNull('known').delete()
