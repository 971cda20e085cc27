import { isRefusal } from '../highlevel/refusal.ts'
import type { AccessTokens } from './access-tokens.ts'

/** Calls HighLevel with the tenant's token. A rejected token is refreshed once for each call; no other refusal refreshes. */
export async function withAccessToken<T>(
  accessTokens: Pick<AccessTokens, 'getAccessToken'>,
  tenantId: string,
  call: (accessToken: string) => Promise<T>,
): Promise<T> {
  const accessToken = await accessTokens.getAccessToken(tenantId)
  try {
    return await call(accessToken)
  } catch (error) {
    if (!isRefusal(error, 'token_rejected')) throw error
    return call(await accessTokens.getAccessToken(tenantId, accessToken))
  }
}
