import type { SystemDb } from '../db/database.ts'
import { isUuid } from '../lib/ids.ts'
import { type Installation, listInstallations } from './installation-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'

/** Whom an operator means: by the tenant's id, the location's, or the company's. */
export async function findTenant(db: SystemDb, appId: string, name: string): Promise<Installation | undefined> {
  const ids = [...(isUuid(name) ? [name] : []), locationTenantId(appId, name), companyTenantId(appId, name)]
  return (await listInstallations(db, ids)).values().next().value
}
