import type { Actor } from '../audit/audit-entry.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { Installation } from '../tenants/installation-store.ts'
import { operatorName } from './as-operator.ts'
import { type TenantWork, withTenantWork } from './with-tenant-work.ts'

/** Runs `work` for the tenant that the operator names: by its id, its location's, or its company's. */
export const aboutTenant = (
  name: string,
  work: (deps: TenantWork, installation: Installation) => Promise<void>,
): Promise<void> =>
  withTenantWork(async (deps) => {
    const installation = await findTenant(deps.system, deps.appId, name)
    if (!installation) throw new OperatorError(`No tenant, location or company is known as "${name}".`)
    await work(deps, installation)
  })

export const operator = (): Actor => ({ kind: 'operator', id: operatorName() })
