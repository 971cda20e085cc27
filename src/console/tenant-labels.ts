import type { SystemDb } from '../db/database.ts'
import { listTenantNames } from '../tenants/installation-store.ts'
import { NOBODY } from '../tenants/tenant-id.ts'

/** What operators call these tenants. */
export async function tenantLabels(
  system: SystemDb,
  of: readonly { tenantId: string }[],
): Promise<(tenantId: string) => string> {
  const names = await listTenantNames(system, [...new Set(of.map(({ tenantId }) => tenantId))])
  const labels = new Map(names.map(({ id, name }) => [id, name]))
  return (tenantId) => (tenantId === NOBODY ? 'No account' : (labels.get(tenantId) ?? tenantId))
}
