import type { HighLevelApi } from '../highlevel/api.ts'
import type { Priority } from '../highlevel/pace.ts'
import { type CallDeps, callAsTenant } from './call-as-tenant.ts'

/** HighLevel's API as one tenant: each call waits for its turn within the tenant's limits, as urgent as it is. */
export type TenantApi = (tenantId: string, priority?: Priority) => HighLevelApi

export const createTenantApi =
  (deps: CallDeps & { api: HighLevelApi }): TenantApi =>
  (tenantId, priority = 'live') =>
  (request) =>
    callAsTenant(deps, tenantId, (accessToken) =>
      deps.api({ resource: { tenantId }, priority, ...request, accessToken }),
    )
