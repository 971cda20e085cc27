import type { Actor, AuditAction } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { isFeatureOn } from '../highlevel/scopes.ts'
import { confirmAbsent, noteListed, type Reading, readCompanyList, recordHealed } from './company-list.ts'
import type { CompanyDeps } from './company-locations.ts'
import { countLocations, markCompanyListed, markReconciled, type WaitingLocation } from './company-store.ts'
import { findInstallation, type Installation, isWorking } from './installation-store.ts'
import { uninstallIn } from './uninstall.ts'

/** What came of one comparison. `refused`: so many locations would have been uninstalled that a person must look first. */
export type Reconciliation = {
  outcome: 'finished' | 'refused' | 'skipped'
  /** On the platform's list. */
  listed: number
  /** Brought in line with the list; counted whether they came, left or changed. */
  healed: number
  /** Installed here and not there. */
  absent: number
}

const SCHEDULE: Actor = { kind: 'schedule', id: 'reconcile' }

/**
 * Compares what we know of a company's locations with the platform's list, and heals the differences: webhooks that never
 * came. A listing that fails concludes nothing about who is absent, and rejects.
 */
export async function reconcileCompany(
  deps: CompanyDeps,
  { tenantId, actor = SCHEDULE, evenIfMany = false }: { tenantId: string; actor?: Actor; evenIfMany?: boolean },
): Promise<Reconciliation> {
  const company = await deps.database.asTenant(tenantId, findInstallation)
  if (!company?.companyId || !isWorking(company) || !isFeatureOn(company, 'company_accounts')) {
    deps.log.info({ tenantId, status: company?.status }, 'a company that cannot be asked is not compared with the list')
    return { outcome: 'skipped', listed: 0, healed: 0, absent: 0 }
  }
  const { companyId } = company
  const begunAt = deps.platformClock()
  const reading: Reading = { company: { ...company, companyId }, begunAt, actor, isComparison: true, asksAgain: true }
  let [listed, healed] = [0, 0]
  for await (const page of readCompanyList(deps, reading.company)) {
    listed += page.length
    healed += await noteListed(deps, reading, page)
  }
  const absent = await confirmAbsent(deps, reading)
  const isRefused = !evenIfMany && (await areTooMany(deps, company, absent.length))
  if (!isRefused) for (const location of absent) if (await removeAbsent(deps, reading, location)) healed++
  const found = { outcome: isRefused ? 'refused' : 'finished', listed, healed, absent: absent.length } as const
  await conclude(deps, reading, found)
  return found
}

const FEW = 5

/** More than half of a company's locations at once is more likely a fault of the list than the truth. */
const areTooMany = async (deps: CompanyDeps, company: Installation, absent: number): Promise<boolean> =>
  absent > FEW && absent > (await countLocations(deps.database.system, company)) / 2

/** As of the time when the list was begun: news of a later installation stands. */
async function removeAbsent(deps: CompanyDeps, reading: Reading, { tenantId }: WaitingLocation): Promise<boolean> {
  await deps.sayGoodbye([{ tenantId, at: reading.begunAt }])
  return deps.database.asTenant(tenantId, async (db) => {
    const noted = await uninstallIn(deps, db, { at: reading.begunAt, actor: reading.actor, erase: false })
    return noted ? recordHealed(deps, db, reading, noted) : false
  })
}

async function conclude(
  deps: CompanyDeps,
  { company: { tenantId }, begunAt, actor }: Reading,
  { outcome, ...counts }: Reconciliation,
): Promise<void> {
  const action: AuditAction = outcome === 'refused' ? 'reconcile.refused' : 'reconcile.finished'
  if (outcome === 'refused') {
    deps.log.error(
      { tenantId, ...counts },
      'most locations of a company are not on the list any more: a person must look',
    )
  }
  await deps.database.asTenant(tenantId, async (db) => {
    await markCompanyListed(db, new Date(begunAt))
    await markReconciled(db, new Date(deps.now()))
    await recordAudit(db, { action, actor, target: `installation/${tenantId}`, details: counts, at: deps.now() })
    // What has waited for its tokens for long is among them.
    await deps.enqueue(db, 'mint-location-tokens', { tenantId }, { key: tenantId })
  })
}
