import type { HighLevelApi } from '../highlevel/api.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import type { AccessTokens } from './access-tokens.ts'

/** HighLevel's API as one tenant. A rejected token is refreshed once for each request; no other refusal refreshes. */
export type TenantApi = (tenantId: string) => HighLevelApi

export const createTenantApi =
  (deps: { api: HighLevelApi; accessTokens: AccessTokens }): TenantApi =>
  (tenantId) =>
  async (request) => {
    const accessToken = await deps.accessTokens.getAccessToken(tenantId)
    try {
      return await deps.api({ ...request, accessToken })
    } catch (error) {
      if (!isRefusal(error, 'token_rejected')) throw error
      const renewed = await deps.accessTokens.getAccessToken(tenantId, accessToken)
      return deps.api({ ...request, accessToken: renewed })
    }
  }
