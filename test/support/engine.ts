import { createRests } from '../../src/connections/rests.ts'
import type { Database } from '../../src/db/database.ts'
import { createHighLevelApi } from '../../src/highlevel/api.ts'
import { createContactFieldSource } from '../../src/highlevel/contact-field-source.ts'
import { createOAuthClient } from '../../src/highlevel/oauth.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createAccountAround } from '../../src/sync/account-around.ts'
import type { SyncDeps } from '../../src/sync/sync-deps.ts'
import { createAccessTokens } from '../../src/tenants/access-tokens.ts'
import { createTenantApi } from '../../src/tenants/tenant-api.ts'
import { createVault } from '../../src/tenants/vault.ts'
import type { Line } from './line.ts'
import { unpaced, unpacedPartners } from './unpaced.ts'

/** The engine alone, beside a line that does not work: on a database that a test watches, and without limits. */
export function engineOf({ config }: Line, database: Database): SyncDeps {
  const [http, vault, now] = [createHttpClient(), createVault(config.encryptionKeys), Date.now]
  const api = createHighLevelApi({
    http,
    apiUrl: config.highLevel.apiUrl,
    platformClock: createPlatformClock(Date.now),
    pace: unpaced,
  })
  const log = createLogger({ level: 'silent' })
  const oauth = createOAuthClient(api, config.highLevel)
  const accessTokens = createAccessTokens({
    database,
    refreshDatabase: database,
    vault,
    oauth,
    enqueue: async () => {},
    now,
    log,
  })
  const { partnerApiUrls } = config
  const tenantApi = createTenantApi({ database, vault, enqueue: async () => {}, now, api, accessTokens })
  return {
    database,
    vault,
    http,
    now,
    partnerApiUrls,
    partnerPace: unpacedPartners,
    rests: createRests(now),
    contactFields: createContactFieldSource({ now }),
    accountAround: createAccountAround({ tenantApi, now }),
    tenantApi,
  }
}
