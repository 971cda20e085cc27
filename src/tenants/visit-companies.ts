import type { CompanyDeps } from './company-locations.ts'
import { listCompaniesToMint, listCompaniesToReconcile } from './company-store.ts'

export type VisitDeps = Pick<CompanyDeps, 'database' | 'appId' | 'now' | 'enqueue'>

const DAY_MS = 86_400_000
const HOUR_SECONDS = 3600

/**
 * Each hour: companies that were not compared with the platform's list for a day, spread over the hour by their ids; and
 * those with locations that have waited long enough for another try.
 */
export async function visitCompanies(deps: VisitDeps): Promise<void> {
  const { system } = deps.database
  for (const tenantId of await listCompaniesToReconcile(system, deps.appId, new Date(deps.now() - DAY_MS))) {
    await deps.enqueue(system, 'reconcile-company', { tenantId }, { key: tenantId, afterMs: momentOf(tenantId) })
  }
  for (const tenantId of await listCompaniesToMint(system, deps.appId)) {
    await deps.enqueue(system, 'mint-location-tokens', { tenantId }, { key: tenantId })
  }
}

/** Ids are hashes: their beginning is as good as chance, and the same each day. */
const momentOf = (tenantId: string): number => (Number.parseInt(tenantId.slice(0, 8), 16) % HOUR_SECONDS) * 1000
