import type { Actor } from '../audit/audit-entry.ts'
import { isFeatureOn } from '../highlevel/scopes.ts'
import { isTrouble } from '../lib/trouble.ts'
import { noteListed, type Reading, readCompanyList } from './company-list.ts'
import { backoffMs, type CompanyDeps, isCompanyTrouble } from './company-locations.ts'
import { hasLocationsWithoutCompany, isListed, markCompanyListed } from './company-store.ts'
import { findInstallation, isWorking } from './installation-store.ts'

const PLATFORM: Actor = { kind: 'highlevel', id: 'list of installed locations' }

/** Notes every location that a company chose, by the platform's list. */
export async function findLocations(
  deps: CompanyDeps,
  { tenantId, tries = 0 }: { tenantId: string; tries?: number },
): Promise<void> {
  const { company, isFirst } = await deps.database.asTenant(tenantId, async (db) => ({
    company: await findInstallation(db),
    isFirst: !(await isListed(db)),
  }))
  if (!company?.companyId || !isWorking(company)) return
  if (!isFeatureOn(company, 'company_accounts')) {
    deps.log.warn(
      { tenantId, scope: 'oauth.readonly' },
      'the locations of a company cannot be listed without the scope',
    )
    return
  }
  const { companyId } = company
  const begunAt = deps.platformClock()
  const reading: Reading = {
    company: { ...company, companyId },
    begunAt,
    actor: PLATFORM,
    isComparison: false,
    asksAgain: isFirst,
  }
  try {
    for await (const page of readCompanyList(deps, reading.company)) await noteListed(deps, reading, page)
  } catch (error) {
    await judge(deps, tenantId, tries, error)
    return
  }
  await deps.database.asTenant(tenantId, async (db) => {
    await markCompanyListed(db, new Date(begunAt))
    if (isFirst) await deps.enqueue(db, 'mint-location-tokens', { tenantId }, { key: tenantId })
  })
  await lookAgain(deps, tenantId)
}

async function judge(deps: CompanyDeps, tenantId: string, tries: number, error: unknown): Promise<void> {
  if (isCompanyTrouble(error)) {
    deps.log.warn({ error, tenantId }, 'a company’s list of locations cannot be read')
  } else if (isTrouble(error) && error.heals) {
    const settings = { key: tenantId, afterMs: backoffMs(tries, error.retryAfterMs) }
    await deps.database.asTenant(tenantId, (db) =>
      deps.enqueue(db, 'find-locations', { tenantId, tries: tries + 1 }, settings),
    )
  } else throw error
}

/** Whoever has just been told of may be on the list a little later; the daily comparison looks for the others. */
const PATIENCE_MS = 3 * 60_000
const AGAIN_MS = 15_000

async function lookAgain(deps: CompanyDeps, tenantId: string): Promise<void> {
  const since = new Date(deps.now() - PATIENCE_MS)
  if (!(await hasLocationsWithoutCompany(deps.database.system, deps.appId, since))) return
  const settings = { key: tenantId, afterMs: AGAIN_MS }
  await deps.database.asTenant(tenantId, (db) => deps.enqueue(db, 'find-locations', { tenantId }, settings))
}
