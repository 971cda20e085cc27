import type { SystemDb, TenantDb } from '../db/database.ts'
import type { Granted } from '../highlevel/scopes.ts'
import { AppError } from '../lib/errors.ts'
import { lockTenant } from './tenant-key-store.ts'

export type InstallationStatus = 'pending' | 'active' | 'unclaimed' | 'needs_reconnect' | 'suspended' | 'uninstalled'

export type Installation = {
  tenantId: string
  appId: string
  companyId: string | null
  /** Null for a company. */
  locationId: string | null
  userType: 'Location' | 'Company'
  status: InstallationStatus
  /** As the last grant that named them did; empty while none has. */
  scopes: string[]
  /** Refused to the tokens held now, whatever was granted. */
  refusedScopes: string[]
  versionId: string | null
  planId: string | null
  companyName: string | null
  whiteLabelDomain: string | null
  installedBy: string | null
  futureLocations: boolean
  /** Rises when everything started before must not write any more. */
  generation: number
  /** By the platform's clock: when it was last known to be installed, to be uninstalled, authorized, claimed. */
  installedAt: Date | null
  uninstalledAt: Date | null
  authorizedAt: Date | null
  claimedAt: Date | null
  /** When each detail was last said, milliseconds by the platform's clock. */
  detailsAt: Partial<Record<keyof InstallationDetails | 'scopes', number>>
}

/** What facts say of an installation by the way. */
export type InstallationDetails = Pick<
  Installation,
  'companyId' | 'versionId' | 'planId' | 'companyName' | 'whiteLabelDomain' | 'installedBy'
>

const COLUMNS = {
  tenantId: 'tenant_id',
  appId: 'app_id',
  companyId: 'company_id',
  locationId: 'location_id',
  userType: 'user_type',
  status: 'status',
  scopes: 'scopes',
  refusedScopes: 'refused_scopes',
  versionId: 'version_id',
  planId: 'plan_id',
  companyName: 'company_name',
  whiteLabelDomain: 'white_label_domain',
  installedBy: 'installed_by',
  futureLocations: 'future_locations',
  generation: 'generation',
  installedAt: 'installed_at',
  uninstalledAt: 'uninstalled_at',
  authorizedAt: 'authorized_at',
  claimedAt: 'claimed_at',
  detailsAt: 'details_at',
} as const

/**
 * Locks the tenant until the transaction ends, so that facts about one installation are applied one after another: by its
 * key, which is there before the first of them, when there is no installation yet to lock.
 */
export async function findInstallationForChange(db: TenantDb): Promise<Installation | undefined> {
  await lockTenant(db)
  return db.sql('installations').where({ tenant_id: db.tenantId }).forUpdate().first(COLUMNS)
}

export const findInstallation = (db: TenantDb): Promise<Installation | undefined> =>
  db.sql('installations').where({ tenant_id: db.tenantId }).first(COLUMNS)

export async function getInstallation(db: TenantDb): Promise<Installation> {
  const installation = await findInstallation(db)
  if (!installation) throw new AppError('not_installed')
  return installation
}

/** Something new was heard of it, so its company's token may be exchanged for its own again, whatever was answered before. */
export async function saveInstallation(db: TenantDb, installation: Installation): Promise<void> {
  const row = Object.fromEntries(
    Object.entries(COLUMNS).map(([property, column]) => [column, installation[property as keyof Installation]]),
  )
  await db
    .sql('installations')
    .insert(row)
    .onConflict('tenant_id')
    .merge({ ...row, mint_after: null, updated_at: db.sql.fn.now() })
}

export const listLocationsOfCompany = (db: SystemDb, appId: string, companyId: string): Promise<Installation[]> =>
  db.sql('installations').where({ app_id: appId, company_id: companyId }).whereNotNull('location_id').select(COLUMNS)

/** Those of these tenants of which anything is known. */
export async function listInstallations(db: SystemDb, tenantIds: string[]): Promise<Map<string, Installation>> {
  const rows: Installation[] = await db
    .sql('installations')
    .whereRaw('tenant_id = any(:tenantIds::uuid[])', { tenantIds })
    .select(COLUMNS)
  return new Map(rows.map((row) => [row.tenantId, row]))
}

/** Companies that want the app in whatever location they open next. */
export const listCompaniesWithFuture = (db: SystemDb, appId: string): Promise<string[]> =>
  db
    .sql('installations')
    .where({ app_id: appId, user_type: 'Company', future_locations: true })
    .whereIn('status', ['active', 'unclaimed'])
    .pluck('tenant_id')

export const isInstalled = (installation: Installation | undefined): installation is Installation =>
  installation !== undefined && installation.status !== 'uninstalled' && installation.status !== 'pending'

/** It has tokens that are good as far as is known. */
export const isWorking = ({ status }: Pick<Installation, 'status'>): boolean =>
  status === 'active' || status === 'unclaimed'

/** An installation of which nothing is known yet but whose it would be. */
export const unknownInstallation = (
  whose: Pick<Installation, 'tenantId' | 'appId' | 'companyId' | 'locationId'>,
): Installation => ({
  userType: whose.locationId ? 'Location' : 'Company',
  status: 'pending',
  scopes: [],
  refusedScopes: [],
  versionId: null,
  planId: null,
  companyName: null,
  whiteLabelDomain: null,
  installedBy: null,
  futureLocations: false,
  generation: 0,
  installedAt: null,
  uninstalledAt: null,
  authorizedAt: null,
  claimedAt: null,
  detailsAt: {},
  ...whose,
})

/** What an account is called, as far as it is known. */
export type NamedAccount = Pick<Installation, 'companyId' | 'locationId' | 'companyName'> &
  Granted & {
    name: string | null
    nameReadAt: Date | null
  }

export const findNamedAccount = (db: TenantDb): Promise<NamedAccount | undefined> =>
  db.sql('installations').where({ tenant_id: db.tenantId }).first({
    companyId: 'company_id',
    locationId: 'location_id',
    companyName: 'company_name',
    userType: 'user_type',
    scopes: 'scopes',
    refusedScopes: 'refused_scopes',
    name: 'account_name',
    nameReadAt: 'account_name_read_at',
  })

export async function saveAccountName(db: TenantDb, name: string | null, at: Date): Promise<void> {
  const change = { account_name: name, account_name_read_at: at }
  await db.sql('installations').where({ tenant_id: db.tenantId }).update(change)
}

/** The name as of a moment, unless a newer one is known. */
export async function renameAccount(db: TenantDb, name: string, at: Date): Promise<void> {
  await db
    .sql('installations')
    .where({ tenant_id: db.tenantId })
    .whereRaw('(account_name_read_at is null or account_name_read_at < ?)', at)
    .update({ account_name: name, account_name_read_at: at })
}

/** Every tenant by the name an operator may know it by; or some of them. */
export async function listTenantNames(db: SystemDb, tenantIds?: string[]): Promise<{ id: string; name: string }[]> {
  const query = db
    .sql('installations')
    .orderBy(['company_name', 'company_id', 'account_name', 'location_id'])
    .select('tenant_id', 'company_name', 'company_id', 'account_name', 'location_id')
  const rows = await (tenantIds ? query.whereIn('tenant_id', tenantIds) : query)
  return rows.map((row) => ({
    id: row.tenant_id,
    name: [row.company_name ?? row.company_id, row.account_name ?? row.location_id].filter(Boolean).join(' / '),
  }))
}

/** Whom an operator may mean: by an id of the platform's, or a part of a name. Up to `most`. */
export const searchTenants = (db: SystemDb, text: string, most: number): Promise<string[]> =>
  db
    .sql('installations')
    .where({ location_id: text })
    .orWhere({ company_id: text })
    .orWhereRaw("strpos(lower(concat_ws(' / ', company_name, account_name)), lower(?)) > 0", [text])
    .orderBy('tenant_id')
    .limit(most)
    .pluck('tenant_id')
