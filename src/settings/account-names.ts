import type { Database } from '../db/database.ts'
import { getLocationName } from '../highlevel/locations.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'

/** The name an owner knows the account by; its id while the name cannot be read. */
export type AccountNames = (tenantId: string) => Promise<string>

const KEEP_MS = 10 * 60_000
const MOST_KEPT = 5000

export function createAccountNames(deps: {
  database: Database
  tenantApi: TenantApi
  now: Clock
  log: Logger
}): AccountNames {
  const kept = new Map<string, { name: string; until: number }>()
  return async (tenantId) => {
    const known = kept.get(tenantId)
    if (known && known.until > deps.now()) return known.name
    const locationId = (await deps.database.asTenant(tenantId, findInstallation))?.locationId ?? ''
    const name = await getLocationName(deps.tenantApi(tenantId), locationId).catch((error) => {
      deps.log.warn({ error, tenantId }, 'the name of an account could not be read')
      return null
    })
    if (name === null) return locationId
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(tenantId, { name, until: deps.now() + KEEP_MS })
    return name
  }
}
