import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { OAuthClient, TokenGrant } from '../highlevel/oauth.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { isTrouble } from '../lib/trouble.ts'
import { ensureTenant } from './ensure-tenant.ts'
import { findInstallationForChange, type Installation, isInstalled, saveInstallation } from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'
import { sealGrant } from './token-pair.ts'
import { putTokens } from './token-store.ts'
import type { Vault } from './vault.ts'

export type CompleteInstallDeps = {
  database: Database
  vault: Vault
  oauth: OAuthClient
  enqueue: Enqueue
  now: Clock
  appId: string
  redirectUri: string
}

/**
 * The platform sent the browser back with a code: exchange it, and store what it brought. `claimed` says that the
 * installation was begun from here, in this browser; one begun in the marketplace stays unclaimed until an administrator
 * opens the page.
 */
export async function completeInstall(
  deps: CompleteInstallDeps,
  input: { code: string; claimed: boolean },
): Promise<Installation> {
  const grant = await exchange(deps, input.code)
  const actor: Actor = { kind: 'user', id: grant.userId ?? 'unknown' }
  return storeGrant(deps, grant, { status: input.claimed ? 'active' : 'unclaimed', actor })
}

async function exchange(deps: CompleteInstallDeps, code: string): Promise<TokenGrant> {
  try {
    return await deps.oauth.exchangeCode(code, deps.redirectUri)
  } catch (error) {
    if (isTrouble(error)) throw new AppError('install_refused', { cause: error })
    throw error
  }
}

type GrantDeps = Pick<CompleteInstallDeps, 'database' | 'vault' | 'enqueue' | 'now' | 'appId'>
type GrantFact = { status: 'active' | 'unclaimed'; actor: Actor }

async function storeGrant(deps: GrantDeps, grant: TokenGrant, fact: GrantFact): Promise<Installation> {
  const tenantId = tenantOf(deps.appId, grant)
  await ensureTenant(deps, tenantId)
  return deps.database.asTenant(tenantId, async (db) =>
    putGrant(deps, db, await findInstallationForChange(db), grant, fact),
  )
}

/** Stores tokens that just came, with the installation they belong to. What waited for them is taken up. */
export async function putGrant(
  deps: GrantDeps,
  db: TenantDb,
  before: Installation | undefined,
  grant: TokenGrant,
  fact: GrantFact,
): Promise<Installation> {
  const { tenantId } = db
  const at = deps.now()
  const installation = withGrant(deps.appId, tenantId, before, grant, fact.status, at)
  await saveInstallation(db, installation)
  await putTokens(db, await sealGrant(deps.vault, db, grant, at))
  await recordInstalled(db, before, installation, fact.actor, at)
  if (installation.userType === 'Company') await deps.enqueue(db, 'adopt-locations', { tenantId })
  else await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
  return installation
}

function tenantOf(appId: string, grant: TokenGrant): string {
  if (grant.userType === 'Location' && grant.locationId) return locationTenantId(appId, grant.locationId)
  if (grant.userType === 'Company' && grant.companyId) return companyTenantId(appId, grant.companyId)
  throw new AppError('install_refused', {
    detail: 'The platform did not say which account was installed. Please try again.',
  })
}

function withGrant(
  appId: string,
  tenantId: string,
  before: Installation | undefined,
  grant: TokenGrant,
  status: 'active' | 'unclaimed',
  at: number,
): Installation {
  return {
    tenantId,
    appId,
    userType: grant.userType,
    locationId: grant.userType === 'Location' ? grant.locationId : null,
    companyId: grant.companyId ?? before?.companyId ?? null,
    status: before?.status === 'active' ? 'active' : status,
    scopes: grant.scopes,
    versionId: grant.versionId ?? before?.versionId ?? null,
    planId: grant.planId ?? before?.planId ?? null,
    companyName: before?.companyName ?? null,
    whiteLabelDomain: before?.whiteLabelDomain ?? null,
    installedBy: grant.userId ?? before?.installedBy ?? null,
    futureLocations: grant.futureLocations,
    generation: before?.generation ?? 0,
    lifecycleAt: new Date(Math.max(at, before?.lifecycleAt.getTime() ?? 0)),
  }
}

const recordInstalled = (
  db: TenantDb,
  before: Installation | undefined,
  installation: Installation,
  actor: Actor,
  at: number,
): Promise<void> =>
  recordAudit(db, {
    action: isInstalled(before) ? 'installation.reinstalled' : 'installation.installed',
    actor,
    target: `installation/${db.tenantId}`,
    fields: ['status', 'scopes', 'tokens'],
    details: { userType: installation.userType, status: installation.status },
    at,
  })
