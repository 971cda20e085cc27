import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { AccessTokens } from './access-tokens.ts'

/** After an update of the app the tokens held keep their scopes: fresh ones have, and name, those of the new version. */
export async function renewForScopes(
  deps: { accessTokens: Pick<AccessTokens, 'getAccessToken'>; log: Logger },
  { tenantId }: { tenantId: string },
): Promise<void> {
  try {
    const held = await deps.accessTokens.getAccessToken(tenantId)
    await deps.accessTokens.getAccessToken(tenantId, held)
  } catch (error) {
    const waits = ['needs_reconnect', 'suspended', 'not_installed'] as const
    if (!waits.some((code) => isAppError(error, code))) throw error
    deps.log.info({ error, tenantId }, 'an updated installation has no tokens to renew now')
  }
}
