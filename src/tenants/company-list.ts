import { NIL } from 'uuid'
import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { INSTALLED_PAGE, type InstalledLocation } from '../highlevel/oauth.ts'
import { callAsTenant } from './call-as-tenant.ts'
import { type CompanyDeps, joinCompany } from './company-locations.ts'
import { listUnlisted, markListed, type WaitingLocation } from './company-store.ts'
import { ensureTenant } from './ensure-tenant.ts'
import type { InstallationFact } from './installation-state.ts'
import { findInstallation, type Installation, listInstallations } from './installation-store.ts'
import { type Noted, noteFact } from './note-fact.ts'
import { locationTenantId } from './tenant-id.ts'

/** One reading of the platform's list of a company's locations. */
export type Reading = {
  company: Installation & { companyId: string }
  /** When it was begun, by the platform's clock. */
  begunAt: number
  actor: Actor
  /** Each difference is noted in the location's own log, as something that should not have been. */
  isComparison: boolean
  /** Tokens that were refused before are asked for again. */
  asksAgain: boolean
}

/** The list, page by page. Throws when any of them fails. */
export async function* readCompanyList(
  deps: CompanyDeps,
  { tenantId, companyId }: Reading['company'],
): AsyncGenerator<InstalledLocation[]> {
  for (let skip = 0; ; skip += INSTALLED_PAGE) {
    const page = await callAsTenant(deps, tenantId, (companyToken) =>
      deps.oauth.listInstalledLocations(companyToken, companyId, skip),
    )
    if (page.length > 0) yield page
    if (page.length < INSTALLED_PAGE) return
  }
}

/** Brings what we know of a page's locations in line with it. Says how many changed. */
export async function noteListed(deps: CompanyDeps, reading: Reading, page: InstalledLocation[]): Promise<number> {
  const { appId } = deps
  const known = await listInstallations(
    deps.database.system,
    page.map(({ id }) => locationTenantId(appId, id)),
  )
  let healed = 0
  for (const listed of page) {
    const tenantId = locationTenantId(appId, listed.id)
    const facts = factsOf(reading, listed, known.get(tenantId))
    if (facts.length > 0 && (await noteFacts(deps, reading, listed.id, facts))) healed++
  }
  const tenantIds = page.map(({ id }) => locationTenantId(appId, id))
  const marks = { at: new Date(reading.begunAt), allowMint: reading.asksAgain }
  await markListed(deps.database.system, tenantIds, marks)
  return healed
}

/** What the list knows and we do not. */
function factsOf(
  { company, begunAt }: Reading,
  { versionId, installedAt }: InstalledLocation,
  known: Installation | undefined,
): InstallationFact[] {
  // The time of the installation, not of the list: a list that lags does not bring back who left.
  const at = installedAt ?? known?.installedAt?.getTime() ?? begunAt
  const isNewer = installedAt !== null && installedAt > Number(known?.installedAt ?? 0)
  const isOfCompany = known?.companyId === company.companyId
  const isAnotherVersion = versionId !== null && known !== undefined && versionId !== known.versionId
  const details = { companyId: company.companyId, ...(versionId && { versionId }) }
  return [
    ...(!known || isNewer || !isOfCompany ? [{ kind: 'installed', at, details } as const] : []),
    ...(isAnotherVersion ? [{ kind: 'described', at: begunAt, details: { versionId } } as const] : []),
  ]
}

async function noteFacts(
  deps: CompanyDeps,
  reading: Reading,
  locationId: string,
  facts: InstallationFact[],
): Promise<boolean> {
  const { company, actor } = reading
  const tenantId = locationTenantId(deps.appId, locationId)
  const subject = { appId: deps.appId, companyId: company.companyId, locationId }
  await ensureTenant(deps, tenantId)
  const isChanged = await deps.database.asTenant(tenantId, async (db) => {
    const before = await findInstallation(db)
    let after = before
    for (const fact of facts) after = (await noteFact(deps, db, { fact, subject, actor }))?.after
    return reading.isComparison && after ? recordHealed(deps, db, reading, { before, after }) : false
  })
  await joinCompany(deps, tenantId)
  return isChanged
}

/** In the location's own log, what we believed and what is. False when it was the same. */
export async function recordHealed(
  deps: CompanyDeps,
  db: TenantDb,
  { actor }: Reading,
  { before, after }: Noted,
): Promise<boolean> {
  const fields = (['status', 'versionId', 'companyId'] as const).filter((name) => before?.[name] !== after[name])
  if (fields.length === 0) return false
  const details = {
    was: before?.status ?? 'unknown',
    is: after.status,
    ...(fields.includes('versionId') && { wasVersion: before?.versionId ?? '', version: after.versionId ?? '' }),
  }
  const target = `installation/${after.tenantId}`
  await recordAudit(db, { action: 'installation.reconciled', actor, target, fields, details, at: deps.now() })
  return true
}

/** The list may lag behind what happened: who came so shortly before it was read is no matter of this reading. */
const LAG_MS = 10 * 60_000
const PAGE = 100

/**
 * Locations that we take for installed and the platform does not: the list left them out, and so it does when asked for
 * each of them by name.
 */
export async function confirmAbsent(deps: CompanyDeps, { company, begunAt }: Reading): Promise<WaitingLocation[]> {
  const absent: WaitingLocation[] = []
  for (let after: string = NIL; ; ) {
    const listedSince = new Date(begunAt)
    const installedBefore = new Date(begunAt - LAG_MS)
    const page = await listUnlisted(deps.database.system, company, { listedSince, installedBefore, after, limit: PAGE })
    for (const location of page) if (await isAbsent(deps, company, location)) absent.push(location)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return absent
    after = last.tenantId
  }
}

/** Only an empty answer says so: with others in it, the question was not understood. */
const isAbsent = async (
  deps: CompanyDeps,
  { tenantId, companyId }: Reading['company'],
  { locationId }: WaitingLocation,
): Promise<boolean> => {
  const named = await callAsTenant(deps, tenantId, (companyToken) =>
    deps.oauth.findInstalledLocations(companyToken, companyId, locationId),
  )
  return named.length === 0
}
