import { createHighLevelApi, type HighLevelApi } from '../../src/highlevel/api.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { createTenantApi } from '../../src/tenants/tenant-api.ts'
import { createVault } from '../../src/tenants/vault.ts'
import type { Line } from '../support/line.ts'
import { unpaced } from '../support/unpaced.ts'

/** HighLevel's API as the product uses it for one tenant. */
export function apiOf(line: Line, tenantId: string): HighLevelApi {
  const platformClock = createPlatformClock(Date.now)
  const api = createHighLevelApi({ http: createHttpClient(), apiUrl: line.highLevelUrl, platformClock, pace: unpaced })
  const { accessTokens } = line.worker
  const vault = createVault(line.config.encryptionKeys)
  const deps = { database: line.database, vault, enqueue: async () => {}, now: Date.now, api, accessTokens }
  return createTenantApi(deps)(tenantId)
}
