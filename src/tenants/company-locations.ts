import type { Actor } from '../audit/audit-entry.ts'
import type { OAuthClient } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { listMissingScopes } from '../highlevel/scopes.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type Installation, isWorking, listCompaniesWithFuture, listInstallations } from './installation-store.ts'
import { companyTenantId } from './tenant-id.ts'
import { type UninstallDeps, uninstall } from './uninstall.ts'

export type CompanyDeps = UninstallDeps & {
  oauth: OAuthClient
  accessTokens: AccessTokens
  /** The time at the platform, whatever this machine's clock says. */
  platformClock: Clock
  log: Logger
  appId: string
}

export const COMPANY: Actor = { kind: 'system', id: 'company installation' }

/**
 * After each fact about a location: its company may have left since with all its locations, or may have a token to give.
 * Looked at when the fact is stored, as the company's leaving looks for locations when it is stored: one sees the other.
 */
export async function joinCompany(deps: CompanyDeps, tenantId: string): Promise<void> {
  const location = await find(deps, tenantId)
  if (!location) return
  if (!location.companyId) return location.status === 'pending' ? askCompaniesWithFuture(deps) : undefined
  const companyTenant = companyTenantId(deps.appId, location.companyId)
  const company = await find(deps, companyTenant)
  const at = company?.uninstalledAt
  if (at && location.installedAt && at >= location.installedAt && location.status !== 'uninstalled') {
    await deps.sayGoodbye([{ tenantId, at: at.getTime() }])
    await uninstall(deps, { tenantId, at: at.getTime(), actor: COMPANY, erase: false })
  } else if (company && isWorking(company) && lacksTokens(location)) {
    await deps.enqueue(
      deps.database.system,
      'mint-location-tokens',
      { tenantId: companyTenant },
      { key: companyTenant },
    )
  } else if (company && isWorking(company) && isWorking(location) && hasScopesFor(company, location)) {
    await deps.enqueue(deps.database.system, 'renew-token', { tenantId }, { key: tenantId })
  }
}

/** The company granted what its location still lacks: fresh tokens have it. */
const hasScopesFor = (company: Installation, location: Installation): boolean =>
  listMissingScopes(location).some((scope) => company.scopes.includes(scope))

/** Single statements throughout, for this follows every fact of hundreds of locations at once; whoever noted it repeats it. */
const find = async ({ database }: CompanyDeps, tenantId: string): Promise<Installation | undefined> =>
  (await listInstallations(database.system, [tenantId])).get(tenantId)

/** A location opened later may be told of without its company. One look at a company's list finds all that wait. */
const askCompaniesWithFuture = (deps: CompanyDeps): Promise<void> =>
  deps.database.asSystem(async (db) => {
    for (const tenantId of await listCompaniesWithFuture(db, deps.appId)) {
      await deps.enqueue(db, 'find-locations', { tenantId }, { key: tenantId })
    }
  })

/** In the other states it stands on its own feet, or has left. */
export const lacksTokens = ({ status }: Installation): boolean => status === 'pending' || status === 'needs_reconnect'

/** The company's own access is refused: nothing is to be had for any of its locations until that is mended. */
export const isCompanyTrouble = (error: unknown): boolean =>
  isAppError(error) ||
  isRefusal(error, 'token_rejected') ||
  isRefusal(error, 'scope_missing') ||
  isRefusal(error, 'wrong_token_class')

const SOONEST_MS = 5000
const LATEST_MS = 15 * 60_000

/** When to try again what met trouble that heals, so many times in a row. */
export const backoffMs = (tries: number, askedForMs = 0): number =>
  Math.max(askedForMs, Math.min(LATEST_MS, SOONEST_MS * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2))
