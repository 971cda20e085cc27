import type { Actor } from '../audit/audit-entry.ts'
import type { TenantDb } from '../db/database.ts'
import type { OAuthClient, TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { isFeatureOn } from '../highlevel/scopes.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { AccessTokens } from './access-tokens.ts'
import { authorization } from './authorization.ts'
import { callAsTenant } from './call-as-tenant.ts'
import { ensureTenant } from './ensure-tenant.ts'
import {
  findInstallation,
  findInstallationForChange,
  type Installation,
  isWorking,
  listCompaniesWithFuture,
  listLocationsOfCompany,
} from './installation-store.ts'
import { noteFact } from './note-fact.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'
import { type UninstallDeps, uninstall } from './uninstall.ts'

export type CompanyDeps = UninstallDeps & {
  oauth: OAuthClient
  accessTokens: AccessTokens
  /** The time at the platform, whatever this machine's clock says. */
  platformClock: Clock
  log: Logger
  appId: string
}

const PLATFORM: Actor = { kind: 'highlevel', id: 'list of installed locations' }
const COMPANY: Actor = { kind: 'system', id: 'company installation' }

/** A company installed the app: note every location it chose, or the one asked for. */
export async function adoptLocations(
  deps: CompanyDeps,
  { tenantId, locationId }: { tenantId: string; locationId?: string },
): Promise<void> {
  const company = await deps.database.asTenant(tenantId, findInstallation)
  if (!company?.companyId || !isWorking(company)) return
  const { appId, companyId } = company
  if (!isFeatureOn(company, 'company_accounts')) {
    deps.log.warn(
      { tenantId, scope: 'oauth.readonly' },
      'the locations of a company cannot be listed without the scope',
    )
    const known = await listLocationsOfCompany(deps.database.system, appId, companyId)
    for (const location of known) await joinCompany(deps, location.tenantId)
    return
  }
  const askedAt = deps.platformClock()
  const locations = await callAsTenant(deps, tenantId, (companyToken) =>
    deps.oauth.listInstalledLocations(companyToken, companyId, locationId),
  )
  for (const { id, versionId, installedAt } of locations) {
    const subject = { appId, companyId, locationId: id }
    const locationTenant = locationTenantId(appId, id)
    // The time of the installation, not of the list: a list that lags does not bring back who left.
    const at = installedAt ?? askedAt
    const fact = { kind: 'installed', at, details: { companyId, ...(versionId && { versionId }) } } as const
    await ensureTenant(deps, locationTenant)
    await deps.database.asTenant(locationTenant, (db) => noteFact(deps, db, { fact, subject, actor: PLATFORM }))
    await joinCompany(deps, locationTenant)
  }
}

/**
 * After each fact about a location: its company may have left since with all its locations, or may have a token to give.
 * Looked at when the fact is stored, as the company's leaving looks for locations when it is stored: one sees the other.
 */
export async function joinCompany(deps: CompanyDeps, tenantId: string): Promise<void> {
  const location = await deps.database.asTenant(tenantId, findInstallation)
  if (!location) return
  if (!location.companyId) return location.status === 'pending' ? askCompaniesWithFuture(deps, location) : undefined
  const company = await deps.database.asTenant(companyTenantId(deps.appId, location.companyId), findInstallation)
  const at = company?.uninstalledAt
  if (at && location.installedAt && at >= location.installedAt && location.status !== 'uninstalled') {
    await uninstall(deps, { tenantId, at: at.getTime(), actor: COMPANY })
  } else if (company && isWorking(company) && lacksTokens(location)) {
    await deps.database.asTenant(tenantId, (db) =>
      deps.enqueue(db, 'mint-location-token', { tenantId }, { key: tenantId }),
    )
  }
}

/** A location opened later may be told of without its company. */
const askCompaniesWithFuture = (deps: CompanyDeps, { locationId }: Installation): Promise<void> =>
  deps.database.asSystem(async (db) => {
    for (const tenantId of locationId ? await listCompaniesWithFuture(db, deps.appId) : []) {
      await deps.enqueue(db, 'adopt-locations', { tenantId, locationId: String(locationId) })
    }
  })

/** In the other states it stands on its own feet, or has left. */
const lacksTokens = ({ status }: Installation): boolean => status === 'pending' || status === 'needs_reconnect'

/** Exchanges the company's token for the location's. Harmless when the location has its token already. */
export async function mintLocationToken(deps: CompanyDeps, tenantId: string): Promise<void> {
  const location = await deps.database.asTenant(tenantId, findInstallation)
  if (!location || !lacksTokens(location) || !location.companyId || !location.locationId) return
  const company = await deps.database.asTenant(companyTenantId(deps.appId, location.companyId), findInstallation)
  if (company && !isFeatureOn(company, 'account_tokens')) {
    deps.log.warn({ tenantId, scope: 'oauth.write' }, 'a location cannot be given its token without the scope')
    return
  }
  const grant = await exchange(deps, location.companyId, location.locationId)
  if (grant) await deps.database.asTenant(tenantId, (db) => storeMinted(deps, db, location, grant))
}

/** Undefined when the platform says that there is nothing to exchange: a fact that comes later starts it anew. */
async function exchange(deps: CompanyDeps, companyId: string, locationId: string): Promise<TokenGrant | undefined> {
  const companyTenant = companyTenantId(deps.appId, companyId)
  try {
    const grant = await callAsTenant(deps, companyTenant, (companyToken) =>
      deps.oauth.exchangeForLocation(companyToken, companyId, locationId),
    )
    return { ...grant, userType: 'Location', companyId, locationId }
  } catch (error) {
    const isFinal = isAppError(error, 'not_installed') || (isTrouble(error) && !error.heals)
    if (!isFinal || isRefusal(error, 'location_inactive')) throw error
    deps.log.warn({ error, tenantId: locationTenantId(deps.appId, locationId) }, 'a location has no token to give')
    return undefined
  }
}

/**
 * A location that left while its token was on the way stays gone. The token stands for the installation as it was known when
 * it was asked for: news of an earlier departure that comes later still takes it away.
 */
async function storeMinted(deps: CompanyDeps, db: TenantDb, asked: Installation, grant: TokenGrant): Promise<void> {
  const now = await findInstallationForChange(db)
  if (!now || !lacksTokens(now) || now.generation !== asked.generation || !asked.installedAt) return
  const fact = authorization(grant, { at: asked.installedAt.getTime(), claimed: true })
  await noteFact(deps, db, { fact, actor: COMPANY, grant })
}
