import type { HighLevelApi } from '../highlevel/api.ts'
import type { AccessTokens } from './access-tokens.ts'
import { withAccessToken } from './with-access-token.ts'

/** HighLevel's API as one tenant. */
export type TenantApi = (tenantId: string) => HighLevelApi

export const createTenantApi =
  (deps: { api: HighLevelApi; accessTokens: AccessTokens }): TenantApi =>
  (tenantId) =>
  (request) =>
    withAccessToken(deps.accessTokens, tenantId, (accessToken) => deps.api({ ...request, accessToken }))
