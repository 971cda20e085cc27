import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { type CompanyDeps, expectLocation, isCompanyInstalled } from './company-locations.ts'
import { ensureTenant } from './ensure-tenant.ts'
import {
  findInstallationForChange,
  type Installation,
  listCompaniesWithFuture,
  listLocationsOfCompany,
  pendingInstallation,
  saveInstallation,
} from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'
import { deleteTokens } from './token-store.ts'

/** What an INSTALL or UNINSTALL webhook says (HighLevel docs: App Install, App Uninstall). */
export type LifecycleFact = {
  companyId: string | null
  /** Null when the whole company installed or uninstalled. */
  locationId: string | null
  /** When the platform sent it. */
  at: number
  versionId?: string | null | undefined
  planId?: string | null | undefined
  companyName?: string | null | undefined
  whiteLabelDomain?: string | null | undefined
  userId?: string | null | undefined
}

export type LifecycleDeps = CompanyDeps & {
  /** What other features hold for a tenant and must forget when it leaves, in the same transaction. */
  forget(db: TenantDb, at: number): Promise<void>
}

const ACTOR: Actor = { kind: 'highlevel', id: 'webhook' }

/** The webhook may come before, during or after the exchange of the code, and more than once. */
export async function noteInstalled(deps: LifecycleDeps, fact: LifecycleFact): Promise<void> {
  const tenantId = tenantOf(deps.appId, fact)
  if (!tenantId) return
  await ensureTenant(deps, tenantId)
  const isNews = await deps.database.asTenant(tenantId, (db) => applyInstall(deps, db, fact))
  if (isNews && fact.locationId) await lookForCompany(deps, { ...fact, locationId: fact.locationId })
}

/** False when a newer fact is known already. */
async function applyInstall(deps: LifecycleDeps, db: TenantDb, fact: LifecycleFact): Promise<boolean> {
  const { tenantId } = db
  const before = await findInstallationForChange(db)
  const isOvertaken = before !== undefined && before.lifecycleAt.getTime() > fact.at
  if (isOvertaken) {
    await saveInstallation(db, withDetails(before, fact))
    return before.status !== 'uninstalled'
  }
  const begun = before && before.status !== 'uninstalled' ? before : expected(deps.appId, tenantId, fact, before)
  await saveInstallation(db, { ...withDetails(begun, fact), lifecycleAt: new Date(fact.at) })
  if (begun === before) return true
  const target = `installation/${tenantId}`
  await recordAudit(db, { action: 'installation.pending', actor: ACTOR, target, at: deps.now() })
  return true
}

/** A location reached through its company gets its token from there. One opened later is told without its company. */
async function lookForCompany(deps: LifecycleDeps, fact: LifecycleFact & { locationId: string }): Promise<void> {
  const { companyId, locationId, at } = fact
  const { appId } = deps
  if (!companyId) return askCompaniesWithFuture(deps, locationId)
  if (!(await isCompanyInstalled(deps.database, appId, companyId))) return
  await expectLocation(deps, { appId, companyId, locationId, versionId: fact.versionId ?? null }, at)
}

const askCompaniesWithFuture = (deps: LifecycleDeps, locationId: string): Promise<void> =>
  deps.database.asSystem(async (db) => {
    for (const tenantId of await listCompaniesWithFuture(db, deps.appId)) {
      await deps.enqueue(db, 'adopt-locations', { tenantId, locationId })
    }
  })

/** A location leaves, or a company with all its locations. */
export async function noteUninstalled(deps: LifecycleDeps, fact: LifecycleFact, actor: Actor = ACTOR): Promise<void> {
  const tenantId = tenantOf(deps.appId, fact)
  if (!tenantId) return
  await ensureTenant(deps, tenantId)
  await uninstall(deps, tenantId, fact, actor)
  if (fact.locationId || !fact.companyId) return
  for (const { locationId, ...location } of await listLocationsOfCompany(
    deps.database.system,
    deps.appId,
    fact.companyId,
  )) {
    await uninstall(deps, location.tenantId, { ...fact, locationId }, actor)
  }
}

/**
 * One transaction: nothing that opens anything is left, and work begun before cannot write after. Noted also of one that
 * was never heard of: the news of its installation may be late.
 */
async function uninstall(deps: LifecycleDeps, tenantId: string, fact: LifecycleFact, actor: Actor): Promise<void> {
  await deps.database.asTenant(tenantId, async (db) => {
    const installation = (await findInstallationForChange(db)) ?? expected(deps.appId, tenantId, fact, undefined)
    if (installation.status === 'uninstalled') return
    if (installation.lifecycleAt.getTime() > fact.at) return // it was installed again since
    await saveInstallation(db, {
      ...installation,
      status: 'uninstalled',
      generation: installation.generation + 1,
      lifecycleAt: new Date(fact.at),
    })
    await deleteTokens(db)
    await deps.forget(db, deps.now())
    await recordAudit(db, {
      action: 'installation.uninstalled',
      actor,
      target: `installation/${tenantId}`,
      fields: ['status', 'tokens', 'credentials'],
      at: deps.now(),
    })
  })
}

function tenantOf(appId: string, fact: LifecycleFact): string | undefined {
  if (fact.locationId) return locationTenantId(appId, fact.locationId)
  return fact.companyId ? companyTenantId(appId, fact.companyId) : undefined
}

const withDetails = (installation: Installation, fact: LifecycleFact): Installation => ({
  ...installation,
  companyId: installation.companyId ?? fact.companyId,
  versionId: fact.versionId ?? installation.versionId,
  planId: fact.planId ?? installation.planId,
  companyName: fact.companyName ?? installation.companyName,
  whiteLabelDomain: fact.whiteLabelDomain ?? installation.whiteLabelDomain,
  installedBy: installation.installedBy ?? fact.userId ?? null,
})

const expected = (
  appId: string,
  tenantId: string,
  fact: LifecycleFact,
  before: Installation | undefined,
): Installation =>
  pendingInstallation({
    tenantId,
    appId,
    companyId: fact.companyId,
    locationId: fact.locationId,
    generation: before?.generation ?? 0,
    lifecycleAt: new Date(fact.at),
  })
