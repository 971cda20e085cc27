import type { SystemDb, TenantDb } from '../db/database.ts'
import type { Installation } from './installation-store.ts'

/** A company and what is done for its locations, page by page, whoever the tenants are. */

type Company = Pick<Installation, 'appId' | 'companyId'>

export type WaitingLocation = { tenantId: string; locationId: string }

const LACKING = ['pending', 'needs_reconnect']

/** Locations that lack tokens and may be asked for now, in the order of their tenants. */
export const listLocationsToMint = (
  db: SystemDb,
  { appId, companyId }: Company,
  page: { after: string; limit: number },
): Promise<WaitingLocation[]> =>
  db
    .sql('installations')
    .where({ app_id: appId, company_id: companyId })
    .whereIn('status', LACKING)
    .whereNotNull('location_id')
    .whereNotNull('installed_at')
    .whereRaw('(mint_after is null or mint_after <= now())')
    .where('tenant_id', '>', page.after)
    .orderBy('tenant_id')
    .limit(page.limit)
    .select({ tenantId: 'tenant_id', locationId: 'location_id' })

/** Not before so many milliseconds; null: not until something new is heard. Does nothing when that has happened since. */
export async function postponeMint(db: TenantDb, seen: Installation, forMs: number | null): Promise<void> {
  const until = forMs === null ? "'infinity'" : "now() + ? * interval '1 ms'"
  await db
    .sql('installations')
    .where({ tenant_id: db.tenantId, generation: seen.generation, installed_at: seen.installedAt })
    .update({ mint_after: db.sql.raw(until, forMs === null ? [] : [forMs]) })
}

/** The list named them. `allowMint`: their tokens may be asked for again, whatever the platform said before. */
export async function markListed(
  db: SystemDb,
  tenantIds: string[],
  { at, allowMint }: { at: Date; allowMint: boolean },
): Promise<void> {
  await db
    .sql('installations')
    .whereIn('tenant_id', tenantIds)
    .update({ listed_at: at, ...(allowMint && { mint_after: null }) })
}

/** The company's list was read to its end. */
export async function markCompanyListed(db: TenantDb, at: Date): Promise<void> {
  await db
    .sql('installations')
    .where({ tenant_id: db.tenantId })
    .update({ listed_at: db.sql.raw('greatest(authorized_at, ?::timestamptz)', [at]) })
}

export async function markReconciled(db: TenantDb, at: Date): Promise<void> {
  await db.sql('installations').where({ tenant_id: db.tenantId }).update({ reconciled_at: at })
}

/** Whether the list has been read since the company gave its tokens. */
export async function isListed(db: TenantDb): Promise<boolean> {
  const row = await db
    .sql('installations')
    .where({ tenant_id: db.tenantId })
    .whereRaw('listed_at >= authorized_at')
    .first('tenant_id')
  return row !== undefined
}

/** Whether anybody waits, since that time, for us to find out whose company it is of. */
export async function hasLocationsWithoutCompany(db: SystemDb, appId: string, since: Date): Promise<boolean> {
  const row = await db
    .sql('installations')
    .where({ app_id: appId, company_id: null, status: 'pending' })
    .where('created_at', '>', since)
    .first('tenant_id')
  return row !== undefined
}

const locationsOf = (db: SystemDb, { appId, companyId }: Company) =>
  db
    .sql('installations')
    .where({ app_id: appId, company_id: companyId })
    .whereNotNull('location_id')
    .whereNot('status', 'uninstalled')

export async function countLocations(db: SystemDb, company: Company): Promise<number> {
  const [row] = await locationsOf(db, company).count<{ count: number }[]>()
  return Number(row?.count)
}

/** Locations installed before `installedBefore` that the list, read since `listedSince`, did not name. */
export const listUnlisted = (
  db: SystemDb,
  company: Company,
  {
    listedSince,
    installedBefore,
    after,
    limit,
  }: { listedSince: Date; installedBefore: Date; after: string; limit: number },
): Promise<WaitingLocation[]> =>
  locationsOf(db, company)
    .whereRaw('(listed_at is null or listed_at < ?)', [listedSince])
    .where('installed_at', '<', installedBefore)
    .where('tenant_id', '>', after)
    .orderBy('tenant_id')
    .limit(limit)
    .select({ tenantId: 'tenant_id', locationId: 'location_id' })

const companies = (db: SystemDb, appId: string) =>
  db
    .sql('installations')
    .where({ app_id: appId, user_type: 'Company' })
    .whereNotIn('status', ['uninstalled', 'pending'])

/** Companies that were never compared with the list, or not since then. */
export const listCompaniesToReconcile = (db: SystemDb, appId: string, since: Date): Promise<string[]> =>
  companies(db, appId).whereRaw('(reconciled_at is null or reconciled_at < ?)', [since]).pluck('tenant_id')

/** All companies; or the one that `wanted` names, or whose location it names, by its id or as a tenant. */
export const listCompanies = (db: SystemDb, appId: string, wanted?: string): Promise<string[]> =>
  companies(db, appId)
    .modify((query) => {
      if (wanted === undefined) return
      const named = db.sql('installations').where({ app_id: appId }).whereNotNull('company_id').select('company_id')
      query.whereIn('company_id', named.whereRaw('? in (tenant_id::text, company_id, location_id)', [wanted]))
    })
    .orderBy(['company_name', 'company_id'])
    .pluck('tenant_id')

/** Working companies that have locations whose tokens may be asked for now. */
export const listCompaniesToMint = (db: SystemDb, appId: string): Promise<string[]> =>
  db
    .sql('installations as company')
    .where({ 'company.app_id': appId, 'company.user_type': 'Company' })
    .whereIn('company.status', ['active', 'unclaimed'])
    .whereExists(
      db
        .sql('installations as location')
        .whereRaw('location.app_id = company.app_id and location.company_id = company.company_id')
        .whereIn('location.status', LACKING)
        .whereNotNull('location.location_id')
        .whereNotNull('location.installed_at')
        .whereRaw('(location.mint_after is null or location.mint_after <= now())')
        .select(db.sql.raw('1')),
    )
    .pluck('company.tenant_id')
