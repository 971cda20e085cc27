import type { TenantDb } from '../db/database.ts'

/** A deletion of everything of a tenant: what is known of it so far, and at its end the certificate. */
export type Deletion = {
  id: string
  begunAt: Date
  /** The data key that was destroyed, and the name of the master key that it was wrapped under. */
  keyId: string | null
  masterKey: string | null
  /** How many rows of which table. */
  rows: Record<string, number>
  issuedAt: Date | null
  certificate: string | null
}

const COLUMNS = {
  id: 'id',
  begunAt: 'begun_at',
  keyId: 'key_id',
  masterKey: 'master_key',
  rows: 'rows',
  issuedAt: 'issued_at',
  certificate: 'certificate',
} as const

export async function beginDeletion(
  db: TenantDb,
  deletion: Pick<Deletion, 'id' | 'begunAt' | 'keyId' | 'masterKey'>,
): Promise<void> {
  await db.sql('deletion_certificates').insert({
    tenant_id: db.tenantId,
    id: deletion.id,
    begun_at: deletion.begunAt,
    key_id: deletion.keyId,
    master_key: deletion.masterKey,
  })
}

/** The one under way, or else the last. */
export const findDeletion = (db: TenantDb): Promise<Deletion | undefined> =>
  db.sql('deletion_certificates').where({ tenant_id: db.tenantId }).orderBy('id', 'desc').first(COLUMNS)

export async function countDeleted(db: TenantDb, id: string, table: string, count: number): Promise<void> {
  await db
    .sql('deletion_certificates')
    .where({ tenant_id: db.tenantId, id })
    .update({
      rows: db.sql.raw(
        'jsonb_set(rows, array[:table]::text[], to_jsonb(coalesce((rows ->> :table)::bigint, 0) + :count::bigint))',
        { table, count },
      ),
    })
}

export async function issueCertificate(
  db: TenantDb,
  issued: { id: string; certificate: string; at: Date },
): Promise<void> {
  await db
    .sql('deletion_certificates')
    .where({ tenant_id: db.tenantId, id: issued.id })
    .update({ certificate: issued.certificate, issued_at: issued.at })
}

/** Oldest first. */
export const listCertificates = (db: TenantDb): Promise<string[]> =>
  db
    .sql('deletion_certificates')
    .where({ tenant_id: db.tenantId })
    .whereNotNull('certificate')
    .orderBy('id')
    .pluck('certificate')
