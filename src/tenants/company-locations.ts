import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type CompleteInstallDeps, storeGrant } from './complete-install.ts'
import { ensureTenant } from './ensure-tenant.ts'
import {
  findInstallation,
  findInstallationForChange,
  getInstallation,
  type Installation,
  pendingInstallation,
  saveInstallation,
} from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'

export type CompanyDeps = Omit<CompleteInstallDeps, 'redirectUri'> & { accessTokens: AccessTokens }

/** A company installed the app: note every location it chose, and ask for the token of each. */
export async function adoptLocations(deps: CompanyDeps, tenantId: string): Promise<void> {
  const company = await deps.database.asTenant(tenantId, getInstallation)
  if (!company.companyId) return
  const companyToken = await deps.accessTokens.getAccessToken(tenantId)
  for (const location of await deps.oauth.listInstalledLocations(companyToken, company.companyId)) {
    const { appId, companyId } = company
    await expectLocation(deps, { appId, companyId, locationId: location.id, versionId: location.versionId })
  }
}

/** What is known of a location before its token is there. */
export type ExpectedLocation = Pick<Installation, 'appId' | 'companyId' | 'versionId'> & { locationId: string }

/** Notes that a location belongs to an installed company, and enqueues the exchange for its token. */
export async function expectLocation(deps: CompanyDeps, expected: ExpectedLocation): Promise<void> {
  const tenantId = locationTenantId(expected.appId, expected.locationId)
  await ensureTenant(deps, tenantId)
  await deps.database.asTenant(tenantId, async (db) => {
    const at = deps.now()
    const before = await findInstallationForChange(db)
    if (before?.status === 'active') return
    await saveInstallation(
      db,
      before
        ? { ...before, status: 'pending' }
        : pendingInstallation({ ...expected, tenantId, lifecycleAt: new Date(at) }),
    )
    if (!before) {
      const actor = { kind: 'highlevel', id: 'installation' } as const
      await recordAudit(db, { action: 'installation.pending', actor, target: `installation/${tenantId}`, at })
    }
    await deps.enqueue(db, 'mint-location-token', { tenantId }, { key: tenantId })
  })
}

/** Exchanges the company's token for the location's. Harmless when the location has its token already. */
export async function mintLocationToken(deps: CompanyDeps, tenantId: string): Promise<void> {
  const location = await deps.database.asTenant(tenantId, findInstallation)
  if (location?.status !== 'pending' || !location.companyId || !location.locationId) return
  const companyToken = await deps.accessTokens.getAccessToken(companyTenantId(deps.appId, location.companyId))
  const grant = await deps.oauth.exchangeForLocation(companyToken, location.companyId, location.locationId)
  const actor = { kind: 'system', id: 'company installation' } as const
  await storeGrant(
    deps,
    { ...grant, userType: 'Location', companyId: location.companyId, locationId: location.locationId },
    { status: 'active', actor },
  )
}

export const isCompanyInstalled = (database: Database, appId: string, companyId: string): Promise<boolean> =>
  database.asTenant(companyTenantId(appId, companyId), async (db) => {
    const company = await findInstallation(db)
    return company !== undefined && ['active', 'unclaimed'].includes(company.status)
  })
