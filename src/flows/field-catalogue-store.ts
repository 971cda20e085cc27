import type { SystemDb, TenantDb } from '../db/database.ts'
import type { Field } from '../lib/field.ts'

/** Where fields are: the platform, or a connection by its id. */
export type CatalogueKey = { side: string; object: string }

export const PLATFORM_SIDE = 'highlevel'

/** The fields of one kind of record as they were last read. */
export type FieldCatalogue = CatalogueKey & { fields: Field[]; readAt: Date }

const COLUMNS = { side: 'side', object: 'object', fields: 'fields', readAt: 'read_at' } as const

const where = (db: TenantDb, { side, object }: CatalogueKey) => ({ tenant_id: db.tenantId, side, object })

export const findCatalogue = (db: TenantDb, key: CatalogueKey): Promise<FieldCatalogue | undefined> =>
  db.sql('field_catalogues').where(where(db, key)).first(COLUMNS)

/** Of the platform and of one connection. */
export const listCatalogues = (db: TenantDb, connectionId: string): Promise<FieldCatalogue[]> =>
  db
    .sql('field_catalogues')
    .where({ tenant_id: db.tenantId })
    .whereIn('side', [PLATFORM_SIDE, connectionId])
    .orderBy(['side', 'object'])
    .select(COLUMNS)

/** Locked until the transaction ends: what is compared with it is compared once. Undefined when this is the first. */
export async function findCatalogueForChange(db: TenantDb, key: CatalogueKey): Promise<FieldCatalogue | undefined> {
  return db.sql('field_catalogues').where(where(db, key)).forUpdate().first(COLUMNS)
}

export async function saveCatalogue(db: TenantDb, { fields, readAt, ...key }: FieldCatalogue): Promise<void> {
  await db
    .sql('field_catalogues')
    .insert({ ...where(db, key), fields: JSON.stringify(fields), read_at: readAt })
    .onConflict(['tenant_id', 'side', 'object'])
    .merge(['fields', 'read_at'])
}

/** Connections in use that have a flow which is switched on, and of which no fields were read since then. */
export async function listConnectionsToRead(
  db: SystemDb,
  since: Date,
): Promise<{ tenantId: string; connectionId: string }[]> {
  const { rows } = await db.sql.raw<{ rows: { tenantId: string; connectionId: string }[] }>(
    `select c.tenant_id as "tenantId", c.id as "connectionId"
     from connections c
     join installations i on i.tenant_id = c.tenant_id and i.status = 'active'
     where c.status = 'active'
       and exists (select from flows f where f.tenant_id = c.tenant_id and f.connection_id = c.id and f.enabled)
       and not exists (
         select from field_catalogues k where k.tenant_id = c.tenant_id and k.side = c.id::text and k.read_at >= :since)
     order by c.tenant_id, c.id`,
    { since },
  )
  return rows
}
