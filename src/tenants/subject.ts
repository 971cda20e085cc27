import type { Installation } from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'

/** Whose installation it is: a location's, or (without one) a company's. */
export type Subject = Pick<Installation, 'appId' | 'companyId' | 'locationId'>

/** Undefined where neither is named. */
export function tenantOf({ appId, companyId, locationId }: Subject): string | undefined {
  if (locationId) return locationTenantId(appId, locationId)
  return companyId ? companyTenantId(appId, companyId) : undefined
}
