import type { HighLevelApi } from '../highlevel/api.ts'
import { type CallDeps, callAsTenant } from './call-as-tenant.ts'

/** HighLevel's API as one tenant. */
export type TenantApi = (tenantId: string) => HighLevelApi

export const createTenantApi =
  (deps: CallDeps & { api: HighLevelApi }): TenantApi =>
  (tenantId) =>
  (request) =>
    callAsTenant(deps, tenantId, (accessToken) => deps.api({ ...request, accessToken }))
