import type { Actor } from '../audit/audit-entry.ts'
import { composeTenantWork } from '../compose-operator.ts'
import { createLogger } from '../lib/logger.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { processConfig } from '../process-config.ts'
import { findTenant } from '../tenants/find-tenant.ts'
import type { Installation } from '../tenants/installation-store.ts'
import { operatorName } from './as-operator.ts'

export type TenantWork = ReturnType<typeof composeTenantWork>

/** Runs `work` for the tenant that the operator names: by its id, its location's, or its company's. */
export async function aboutTenant(
  name: string,
  work: (deps: TenantWork, installation: Installation) => Promise<void>,
): Promise<void> {
  const { config, databaseUrl } = await processConfig()
  const deps = composeTenantWork({ config, databaseUrl, log: createLogger({ level: config.logLevel }) })
  try {
    await deps.start()
    const installation = await findTenant(deps.system, deps.appId, name)
    if (!installation) throw new OperatorError(`No tenant, location or company is known as "${name}".`)
    await work(deps, installation)
  } finally {
    await deps.stop()
  }
}

export const operator = (): Actor => ({ kind: 'operator', id: operatorName() })
