import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type CompleteInstallDeps, putGrant } from './complete-install.ts'
import { ensureTenant } from './ensure-tenant.ts'
import {
  findInstallation,
  findInstallationForChange,
  type Installation,
  type InstallationStatus,
  pendingInstallation,
  saveInstallation,
} from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'
import { withAccessToken } from './with-access-token.ts'

export type CompanyDeps = Omit<CompleteInstallDeps, 'redirectUri'> & { accessTokens: AccessTokens; log: Logger }

/** A company installed the app: note every location it chose, or the one asked for, and ask for the token of each. */
export async function adoptLocations(
  deps: CompanyDeps,
  { tenantId, locationId }: { tenantId: string; locationId?: string },
): Promise<void> {
  const company = await deps.database.asTenant(tenantId, findInstallation)
  if (!company?.companyId || !isCompanyThere(company)) return
  const { appId, companyId } = company
  const at = deps.now()
  const locations = await withAccessToken(deps.accessTokens, tenantId, (companyToken) =>
    deps.oauth.listInstalledLocations(companyToken, companyId, locationId),
  )
  for (const { id, versionId } of locations) {
    await expectLocation(deps, { appId, companyId, locationId: id, versionId }, at)
  }
}

/** What is known of a location before its token is there. */
export type ExpectedLocation = Pick<Installation, 'appId' | 'companyId' | 'versionId'> & { locationId: string }

/** States in which a location's own tokens are missing or spent. In the others it stands on its own feet. */
const WITHOUT_TOKENS: InstallationStatus[] = ['pending', 'uninstalled', 'needs_reconnect']

/** Notes that, at this time, a location belonged to an installed company, and enqueues the exchange for its token. */
export async function expectLocation(deps: CompanyDeps, expected: ExpectedLocation, at: number): Promise<void> {
  const tenantId = locationTenantId(expected.appId, expected.locationId)
  await ensureTenant(deps, tenantId)
  await deps.database.asTenant(tenantId, async (db) => {
    const before = await findInstallationForChange(db)
    if (before && !WITHOUT_TOKENS.includes(before.status)) return
    if (before?.status === 'uninstalled' && before.lifecycleAt.getTime() > at) return // it left since
    await saveInstallation(
      db,
      before
        ? { ...before, companyId: expected.companyId, status: 'pending' }
        : pendingInstallation({ ...expected, tenantId, lifecycleAt: new Date(at) }),
    )
    if (before?.status !== 'pending') {
      const actor = { kind: 'highlevel', id: 'installation' } as const
      await recordAudit(db, {
        action: 'installation.pending',
        actor,
        target: `installation/${tenantId}`,
        at: deps.now(),
      })
    }
    await deps.enqueue(db, 'mint-location-token', { tenantId }, { key: tenantId })
  })
}

/** Exchanges the company's token for the location's. Harmless when the location has its token already. */
export async function mintLocationToken(deps: CompanyDeps, tenantId: string): Promise<void> {
  const location = await deps.database.asTenant(tenantId, findInstallation)
  if (location?.status !== 'pending' || !location.companyId || !location.locationId) return
  const grant = await exchange(deps, location.companyId, location.locationId)
  if (grant) await storeMinted(deps, location, grant)
}

/** Undefined when the platform says that there is nothing to exchange: a fact that comes later starts it anew. */
async function exchange(deps: CompanyDeps, companyId: string, locationId: string): Promise<TokenGrant | undefined> {
  const companyTenant = companyTenantId(deps.appId, companyId)
  try {
    const grant = await withAccessToken(deps.accessTokens, companyTenant, (companyToken) =>
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

/** A location that left while its token was on the way stays gone. */
const storeMinted = (deps: CompanyDeps, asked: Installation, grant: TokenGrant): Promise<void> =>
  deps.database.asTenant(asked.tenantId, async (db) => {
    const now = await findInstallationForChange(db)
    if (now?.status !== 'pending' || now.generation !== asked.generation) return
    const actor = { kind: 'system', id: 'company installation' } as const
    await putGrant(deps, db, now, grant, { status: 'active', actor })
  })

export const isCompanyInstalled = (database: Database, appId: string, companyId: string): Promise<boolean> =>
  database.asTenant(companyTenantId(appId, companyId), async (db) => isCompanyThere(await findInstallation(db)))

const isCompanyThere = (company: Installation | undefined): boolean =>
  company?.status === 'active' || company?.status === 'unclaimed'
