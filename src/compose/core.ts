import type { Config } from '../config.ts'
import { createPartnerPace, type LimitedConnector } from '../connections/partner-pace.ts'
import { removeHooks } from '../connections/remove-hooks.ts'
import { createRests } from '../connections/rests.ts'
import type { Connector, ConnectorLimits } from '../connectors/connector.ts'
import { openDatabase } from '../db/database.ts'
import { createHighLevelApi } from '../highlevel/api.ts'
import { createContactFieldSource } from '../highlevel/contact-field-source.ts'
import { createOAuthClient } from '../highlevel/oauth.ts'
import { createPlatformClock } from '../highlevel/platform-clock.ts'
import { retryBriefly } from '../highlevel/retry.ts'
import type { Queue } from '../jobs/queue.ts'
import { letGo } from '../leaving/let-go.ts'
import type { Clock } from '../lib/clock.ts'
import { createHttpClient } from '../lib/http-client.ts'
import type { Logger } from '../lib/logger.ts'
import { createAccountAround } from '../sync/account-around.ts'
import { createPlatformFields } from '../sync/list-platform-fields.ts'
import { createAccessTokens } from '../tenants/access-tokens.ts'
import { createCallPermits } from '../tenants/call-permits.ts'
import { createTenantApi } from '../tenants/tenant-api.ts'
import { createVault } from '../tenants/vault.ts'

export type Surroundings = {
  config: Config
  databaseUrl: string
  log: Logger
  now?: Clock
  /** Shorter in tests. */
  leaseMs?: number
  /** False in tests that look for what no event told themselves, at moments of their own. */
  polls?: boolean
  /** What simulated partners bear, in tests that are about that. Real ones bear what their connectors declare. */
  partnerLimits?: ConnectorLimits
  /** Others than those of the registry, in tests that bring a partner of their own. */
  connectors?: readonly Connector[]
  /** For benchmarks that compare like with like. */
  renewalsInFlight?: number
}

export type Pool = { name: string; max: number }

const ACTIVE: Pool = { name: 'work', max: 10 }
const REFRESH_CONNECTIONS = 2
const REFRESH_PATIENCE_MS = 5000
const DAY_MS = 86_400_000

/** A partner on this machine needs no care: what the real one bears would only make development and tests slow. */
const SIMULATED_LIMITS: ConnectorLimits = { requestsPerSecond: 1000, concurrency: 100 }

/** Simulated is, with the sandbox on, which production refuses, whoever has been put to another address. */
const limitsFor =
  ({ config, partnerLimits = SIMULATED_LIMITS }: Surroundings) =>
  ({ key, limits }: LimitedConnector): ConnectorLimits =>
    config.sandbox && !config.production && config.partnerApiUrls[key] !== undefined ? partnerLimits : limits

export type Core = ReturnType<typeof composeCore>

/** What all processes share. */
export function composeCore(around: Surroundings, queue: Queue, pool = ACTIVE) {
  const { config, databaseUrl, log, now = Date.now } = around
  const { appId, clients, apiUrl } = config.highLevel
  const database = openDatabase({ url: databaseUrl, ...pool })
  const vault = createVault(config.encryptionKeys, { log, ...(around.now && { now: around.now }) })
  const http = createHttpClient()
  const platformClock = createPlatformClock(now)
  const api = createHighLevelApi({ http, apiUrl, platformClock, pace: createCallPermits({ database, appId, log }) })
  const oauth = createOAuthClient(api, { appId, clients })
  const refreshDatabase = openDatabase({
    url: databaseUrl,
    max: REFRESH_CONNECTIONS,
    name: 'refresh',
    byIndexOnly: true,
    statementTimeoutMs: REFRESH_PATIENCE_MS,
  })
  const { enqueue } = queue
  const partnerPace = createPartnerPace({ database, log, limitsOf: limitsFor(around) })
  const partners = { database, vault, http, now, log, partnerApiUrls: config.partnerApiUrls, partnerPace }
  const accessTokens = createAccessTokens({
    ...{ database, refreshDatabase, vault, oauth, enqueue, now, log },
    ...(around.leaseMs !== undefined && { leaseMs: around.leaseMs }),
    ...(around.renewalsInFlight !== undefined && { renewalsInFlight: around.renewalsInFlight }),
  })
  const tenantApi = createTenantApi({ ...{ database, vault, enqueue, now, accessTokens }, api: retryBriefly(api) })
  const graceMs = config.uninstallGraceDays * DAY_MS
  const redirectUri = `${config.baseUrl}/oauth/callback`
  const { marketplaceUrl, installUrl } = config.highLevel
  return {
    database,
    closeDatabases: () => Promise.all([database.close(), refreshDatabase.close()]),
    system: database.system,
    vault,
    http,
    oauth,
    accessTokens,
    tenantApi,
    platformClock,
    contactFields: createContactFieldSource({ now }),
    accountAround: createAccountAround({ tenantApi, now }),
    leave: letGo({ enqueue: queue.enqueue, now, graceMs }),
    sayGoodbye: (departures: { tenantId: string; at: number }[]) =>
      removeHooks(
        partners,
        departures.map(({ tenantId, at }) => ({ tenantId, enteredUpTo: new Date(at) })),
      ),
    graceMs,
    retention: config.retention,
    masterKeys: config.encryptionKeys,
    queue,
    enqueue,
    enqueueMany: queue.enqueueMany,
    now,
    log,
    appId,
    redirectUri,
    baseUrl: config.baseUrl,
    sessionKeys: config.sessionKeys,
    partnerApiUrls: config.partnerApiUrls,
    partnerPace,
    ...(around.connectors && { connectors: around.connectors }),
    rests: createRests(now),
    platformFields: createPlatformFields({ database, tenantApi, now }),
    install: { marketplaceUrl, clientId: clients[0]?.id ?? '', redirectUri, installUrl },
    homeUrl: config.sandbox ? marketplaceUrl : null,
  }
}
