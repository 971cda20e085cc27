import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import { type CompanyDeps, expectLocation, isCompanyInstalled } from './company-locations.ts'
import { ensureTenant } from './ensure-tenant.ts'
import {
  findInstallationForChange,
  type Installation,
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
  await deps.database.asTenant(tenantId, async (db) => {
    const before = await findInstallationForChange(db)
    if (before && before.lifecycleAt.getTime() > fact.at) return saveInstallation(db, withDetails(before, fact))
    const begun = before && before.status !== 'uninstalled' ? before : expected(deps.appId, tenantId, fact, before)
    await saveInstallation(db, { ...withDetails(begun, fact), lifecycleAt: new Date(fact.at) })
    if (begun !== before) {
      await recordAudit(db, {
        action: 'installation.pending',
        actor: ACTOR,
        target: `installation/${tenantId}`,
        at: deps.now(),
      })
    }
  })
  if (fact.locationId && fact.companyId && (await isCompanyInstalled(deps.database, deps.appId, fact.companyId))) {
    const { companyId, locationId } = fact
    await expectLocation(deps, { appId: deps.appId, companyId, locationId, versionId: fact.versionId ?? null })
  }
}

/** A location leaves, or a company with all its locations. */
export async function noteUninstalled(deps: LifecycleDeps, fact: LifecycleFact, actor: Actor = ACTOR): Promise<void> {
  const tenantId = tenantOf(deps.appId, fact)
  if (!tenantId) return
  await uninstall(deps, tenantId, fact.at, actor)
  if (fact.locationId || !fact.companyId) return
  for (const location of await listLocationsOfCompany(deps.database.system, deps.appId, fact.companyId)) {
    await uninstall(deps, location.tenantId, fact.at, actor)
  }
}

/** One transaction: nothing that opens anything is left, and work begun before cannot write after. */
async function uninstall(deps: LifecycleDeps, tenantId: string, leftAt: number, actor: Actor): Promise<void> {
  await deps.database.asTenant(tenantId, async (db) => {
    const installation = await findInstallationForChange(db)
    if (!installation || installation.status === 'uninstalled') return
    if (installation.lifecycleAt.getTime() > leftAt) return // it was installed again since
    await saveInstallation(db, {
      ...installation,
      status: 'uninstalled',
      generation: installation.generation + 1,
      lifecycleAt: new Date(leftAt),
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
