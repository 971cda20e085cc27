import type { Database } from '../db/database.ts'
import type { PlatformFields } from '../flows/read-catalogue.ts'
import type { HighLevelApi } from '../highlevel/api.ts'
import type { Field } from '../lib/field.ts'
import { getInstallation } from '../tenants/installation-store.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'

const LISTS: Record<string, (api: HighLevelApi, locationId: string) => Promise<Field[]>> = {}

/** Reads the fields of the platform's records, as the account has them now. */
export const createPlatformFields =
  (deps: { database: Database; tenantApi: TenantApi }): PlatformFields =>
  async (tenantId, object) => {
    const { locationId } = await deps.database.asTenant(tenantId, getInstallation)
    const list = LISTS[object]
    return list && locationId ? list(deps.tenantApi(tenantId), locationId) : undefined
  }
