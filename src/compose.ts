import type { Express } from 'express'
import { createApp } from './app.ts'
import type { Actor } from './audit/audit-entry.ts'
import type { Config } from './config.ts'
import { createRests } from './connections/rests.ts'
import { consoleRoutes } from './console/console-routes.ts'
import type { OperatorDeps } from './console/operator-session.ts'
import { type Database, openDatabase } from './db/database.ts'
import { inspectDatabase } from './db/inspect-database.ts'
import { ensurePartitions } from './db/partitions.ts'
import { askAsStranger } from './doctor/ask-as-stranger.ts'
import type { Patient } from './doctor/patient.ts'
import { createHighLevelApi } from './highlevel/api.ts'
import { createOAuthClient } from './highlevel/oauth.ts'
import { createPlatformClock } from './highlevel/platform-clock.ts'
import { createWebhookVerifier } from './highlevel/webhook-signature.ts'
import { healthRoutes } from './http/health-routes.ts'
import { createQueue, type Enqueue, type Queue } from './jobs/queue.ts'
import { letGo } from './leaving/let-go.ts'
import { purgeTenant } from './leaving/purge-tenant.ts'
import type { Clock } from './lib/clock.ts'
import { createHttpClient } from './lib/http-client.ts'
import type { Logger } from './lib/logger.ts'
import { once } from './lib/once.ts'
import { repeat } from './lib/repeat.ts'
import type { SealKey } from './lib/seal.ts'
import { listMigrationFiles } from './migrate.ts'
import { settingsRoutes } from './settings/settings-routes.ts'
import { type AccessTokens, createAccessTokens } from './tenants/access-tokens.ts'
import { createAccountNames } from './tenants/account-names.ts'
import { createCallPermits } from './tenants/call-permits.ts'
import { checkMasterKeys } from './tenants/check-master-keys.ts'
import { listCompanies } from './tenants/company-store.ts'
import { ensureTenant } from './tenants/ensure-tenant.ts'
import { findLocations } from './tenants/find-locations.ts'
import { installRoutes } from './tenants/install-routes.ts'
import { mintLocationTokens } from './tenants/mint-location-tokens.ts'
import { listDueForPurge } from './tenants/purge-time-store.ts'
import { type Reconciliation, reconcileCompany } from './tenants/reconcile-company.ts'
import { renewForScopes } from './tenants/renew-for-scopes.ts'
import { forgetSpentTokens } from './tenants/spent-token-store.ts'
import { createTenantApi } from './tenants/tenant-api.ts'
import { NOBODY } from './tenants/tenant-id.ts'
import { createVault, type Vault } from './tenants/vault.ts'
import { visitCompanies } from './tenants/visit-companies.ts'
import { forgetDeliveryIds } from './webhooks/delivery-store.ts'
import { highLevelWebhookRoutes } from './webhooks/highlevel-routes.ts'
import { createIntake } from './webhooks/intake.ts'
import { replayParked } from './webhooks/replay-parked.ts'
import { type TakeDeliveryDeps, takeDelivery } from './webhooks/take-delivery.ts'

export type Surroundings = {
  config: Config
  databaseUrl: string
  log: Logger
  now?: Clock
  /** Shorter in tests. */
  leaseMs?: number
  /** For benchmarks that compare like with like. */
  renewalsInFlight?: number
}

type Pool = { name: string; max: number }

const HOST_ORIGINS = ['https://app.gohighlevel.com', 'https://app.leadconnectorhq.com']
const ACTIVE: Pool = { name: 'work', max: 10 }
/** Of its own, so that hundreds of deliveries at once do not keep the calls waiting that they ask for. */
const FOR_COMPANIES: Pool = { name: 'companies', max: 8 }
const INTAKE_CONNECTIONS = 3
const INTAKE_PATIENCE_MS = 1200
const REFRESH_CONNECTIONS = 2
const REFRESH_PATIENCE_MS = 5000

export type Web = {
  app: Express
  start(): Promise<void>
  /** Says that it is not ready for new work, and goes on. */
  announceStop(): void
  stop(): Promise<void>
}

/** Builds the web process: everything is made here and handed on. */
export function composeWeb(around: Surroundings): Web {
  const { config, databaseUrl, log } = around
  const core = composeCore(around, createQueue({ databaseUrl, log, role: 'enqueue' }))
  const intakeDatabase = openDatabase({
    url: databaseUrl,
    max: INTAKE_CONNECTIONS,
    name: 'intake',
    statementTimeoutMs: INTAKE_PATIENCE_MS,
    acquireTimeoutMs: INTAKE_PATIENCE_MS,
  })
  const accountNames = createAccountNames(core)
  let stopping = false
  const app = createApp({
    log,
    health: healthRoutes({ system: core.database.system, isStopping: () => stopping }),
    webhooks: highLevelWebhookRoutes({
      verify: createWebhookVerifier(config.highLevel.webhookKeys),
      intake: createIntake({ ...core, database: intakeDatabase }),
      log,
    }),
    install: installRoutes({ ...core, accountNames }),
    settings: settingsRoutes({
      ...core,
      ssoSecrets: config.highLevel.ssoSecrets,
      frameOrigins: config.sandbox ? [...HOST_ORIGINS, config.highLevel.marketplaceUrl] : HOST_ORIGINS,
      accountNames,
    }),
    console: consoleRoutes(core),
  })
  return {
    app,
    start: async () => {
      await checkMasterKeys(core.system, config.encryptionKeys)
      await ensureTenant(core, NOBODY)
      await core.queue.start()
    },
    announceStop: () => {
      stopping = true
    },
    stop: async () => {
      await core.queue.stop(1000)
      await Promise.all([core.closeDatabases(), intakeDatabase.close()])
    },
  }
}

export type Worker = { start(): Promise<void>; stop(deadlineMs: number): Promise<void>; accessTokens: AccessTokens }

/** How often refreshes left behind are looked for: together with the lease well within the platform's grace. */
const RECOVER_EVERY_MS = 4000
const RENEW_EVERY_MS = 1000
const SHARE_EVERY_MS = 10_000
const DAY_MS = 86_400_000
const DELIVERY_ID_LIFE_MS = 30 * DAY_MS
/** For what came while a process still had the key of a purged tenant at hand. */
const PURGE_AGAIN_MS = 2 * 3_600_000
const PURGE: Actor = { kind: 'schedule', id: 'purge' }

/** Builds the worker process. */
export function composeWorker(around: Surroundings): Worker {
  const { config, databaseUrl, log } = around
  const queue = createQueue({ databaseUrl, log, role: 'work' })
  const core = composeCore(around, queue)
  const forCompanies = composeCore(around, queue, FOR_COMPANIES)
  const takeDeliveryDeps: TakeDeliveryDeps = { ...core, sync: core, lifecycle: core }
  const stops: (() => Promise<void>)[] = []
  const noteFailure = (message: string) => (error: unknown) => log.warn({ error }, message)
  return {
    accessTokens: core.accessTokens,
    start: async () => {
      await checkMasterKeys(core.system, config.encryptionKeys)
      await ensureTenant(core, NOBODY)
      await queue.start()
      await queue.work('take-delivery', { batch: 20, lanes: 4 }, (job) => takeDelivery(takeDeliveryDeps, job))
      await queue.work('replay-parked', { batch: 1, lanes: 1 }, (job) => replayParked(core, job))
      await workForCompanies(forCompanies)
      await queue.work('renew-token', { batch: 1, lanes: 1 }, (job) => renewForScopes(core, job))
      await queue.work('purge-tenant', { batch: 1, lanes: 1 }, async ({ tenantId }) => {
        await purgeTenant(core, { tenantId, actor: PURGE })
      })
      await queue.work('keep-house', { batch: 1, lanes: 1 }, () => keepHouse(core))
      await queue.schedule('keep-house', '17 * * * *')
      const { recoverAbandoned, renewUrgent, renewShare } = core.accessTokens
      stops.push(repeat(RECOVER_EVERY_MS, recoverAbandoned, noteFailure('looking for refreshes left behind failed')))
      stops.push(repeat(RENEW_EVERY_MS, renewUrgent, noteFailure('renewing what ends soon failed')))
      stops.push(repeat(SHARE_EVERY_MS, renewShare, noteFailure('renewing ahead of time failed')))
    },
    stop: async (deadlineMs) => {
      await Promise.all([queue.stop(deadlineMs), ...stops.map((stop) => stop())])
      await Promise.all([core.closeDatabases(), forCompanies.closeDatabases()])
    },
  }
}

async function workForCompanies(core: ReturnType<typeof composeCore>): Promise<void> {
  const { queue } = core
  await queue.work('mint-location-tokens', { batch: 1, lanes: 3 }, (job, { signal }) =>
    mintLocationTokens(core, job, signal),
  )
  await queue.work('find-locations', { batch: 1, lanes: 2 }, (job) => findLocations(core, job))
  await queue.work('reconcile-company', { batch: 1, lanes: 1 }, async (job) => void (await reconcileCompany(core, job)))
  await queue.work('visit-companies', { batch: 1, lanes: 1 }, () => visitCompanies(core))
  await queue.schedule('visit-companies', '41 * * * *')
}

async function keepHouse({
  database,
  now,
  enqueue,
}: {
  database: Database
  now: Clock
  enqueue: Enqueue
}): Promise<void> {
  await ensurePartitions(database.system, now())
  await forgetSpentTokens(database.system, now())
  await forgetDeliveryIds(database.system, new Date(now() - DELIVERY_ID_LIFE_MS))
  const due = { now: new Date(now()), purgedSince: new Date(now() - PURGE_AGAIN_MS) }
  for (const tenantId of await listDueForPurge(database.system, due)) {
    await enqueue(database.system, 'purge-tenant', { tenantId }, { key: tenantId })
  }
}

/** What the operator's commands need. */
export type Operator = OperatorDeps & { vault: Vault; masterKeys: readonly SealKey[]; start(): Promise<void> }

export function composeOperator(around: Surroundings): Operator {
  const { config, databaseUrl, log, now = Date.now } = around
  const database = openDatabase({ url: databaseUrl, max: 2, name: 'cli' })
  const vault = createVault(config.encryptionKeys, { log })
  return {
    database,
    vault,
    masterKeys: config.encryptionKeys,
    now,
    sessionKeys: config.sessionKeys,
    baseUrl: config.baseUrl,
    start: async () => {
      await checkMasterKeys(database.system, config.encryptionKeys)
      await ensureTenant({ database, vault }, NOBODY)
    },
  }
}

/** What comparing companies with the platform's list by hand needs. */
export type Reconciler = {
  start(): Promise<void>
  /** Companies by their id or a location's, at the platform or as a tenant; all where none is named. */
  findCompanies(wanted?: string): Promise<string[]>
  reconcile(input: Parameters<typeof reconcileCompany>[1]): Promise<Reconciliation>
  stop(): Promise<void>
}

export function composeReconcile(around: Surroundings): Reconciler {
  const { databaseUrl, log } = around
  const core = composeCore(around, createQueue({ databaseUrl, log, role: 'enqueue' }))
  return {
    start: async () => {
      await checkMasterKeys(core.system, around.config.encryptionKeys)
      await core.queue.start()
    },
    findCompanies: (wanted) => listCompanies(core.system, core.appId, wanted),
    reconcile: (input) => reconcileCompany(core, input),
    stop: async () => {
      await core.queue.stop(1000)
      await core.closeDatabases()
    },
  }
}

/** What the doctor looks at. Nothing is written, and nothing is refused whatever the state is in. */
export async function composePatient(around: {
  config: Config
  databaseUrl: string
  offline: boolean
  now?: Clock
}): Promise<Patient> {
  const { config, databaseUrl, offline, now = Date.now } = around
  const http = createHttpClient({ timeoutMs: 8000 })
  return {
    settings: config,
    migrations: await listMigrationFiles(),
    database: openDatabase({ url: databaseUrl, max: 2, name: 'doctor', statementTimeoutMs: 10_000 }),
    inspectDatabase: once(() => inspectDatabase(databaseUrl, now)),
    askPlatform: offline ? null : once(() => askAsStranger({ http, now }, config.highLevel.apiUrl)),
    now,
  }
}

/** What the operator's commands about one tenant need: the same as the processes. */
export function composeTenantWork(around: Surroundings) {
  const queue = createQueue({ databaseUrl: around.databaseUrl, log: around.log, role: 'enqueue' })
  const core = composeCore(around, queue)
  return {
    ...core,
    start: async () => {
      await checkMasterKeys(core.system, around.config.encryptionKeys)
      await queue.start()
    },
    stop: async () => {
      await queue.stop(1000)
      await core.closeDatabases()
    },
  }
}

/** What both processes share. */
function composeCore(around: Surroundings, queue: Queue, pool = ACTIVE) {
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
  const accessTokens = createAccessTokens({
    ...{ database, refreshDatabase, vault, oauth, enqueue, now, log },
    ...(around.leaseMs !== undefined && { leaseMs: around.leaseMs }),
    ...(around.renewalsInFlight !== undefined && { renewalsInFlight: around.renewalsInFlight }),
  })
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
    tenantApi: createTenantApi({ database, vault, enqueue: queue.enqueue, now, api, accessTokens }),
    platformClock,
    leave: letGo({ enqueue: queue.enqueue, now, graceMs }),
    graceMs,
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
    rests: createRests(now),
    install: { marketplaceUrl, clientId: clients[0]?.id ?? '', redirectUri, installUrl },
    homeUrl: config.sandbox ? marketplaceUrl : null,
  }
}
