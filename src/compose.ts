import type { Express } from 'express'
import { createApp } from './app.ts'
import type { Actor } from './audit/audit-entry.ts'
import { type Core, composeCore, type Pool, type Surroundings } from './compose-core.ts'
import { composeHooks } from './compose-hooks.ts'
import { composeIntake } from './compose-intake.ts'
import { keepHook } from './connections/keep-hook.ts'
import { visitHooks } from './connections/visit-hooks.ts'
import { consoleRoutes } from './console/console-routes.ts'
import { openDatabase } from './db/database.ts'
import { carryOutOrder } from './deliveries/carry-out-order.ts'
import { healthRoutes } from './http/health-routes.ts'
import { createQueue } from './jobs/queue.ts'
import { purgeTenant } from './leaving/purge-tenant.ts'
import { repeat } from './lib/repeat.ts'
import { pollDue } from './polls/poll-due.ts'
import { settingsRoutes } from './settings/settings-routes.ts'
import type { AccessTokens } from './tenants/access-tokens.ts'
import { createAccountNames } from './tenants/account-names.ts'
import { checkMasterKeys } from './tenants/check-master-keys.ts'
import { ensureTenant } from './tenants/ensure-tenant.ts'
import { findLocations } from './tenants/find-locations.ts'
import { installRoutes } from './tenants/install-routes.ts'
import { mintLocationTokens } from './tenants/mint-location-tokens.ts'
import { reconcileCompany } from './tenants/reconcile-company.ts'
import { renewForScopes } from './tenants/renew-for-scopes.ts'
import { NOBODY } from './tenants/tenant-id.ts'
import { visitCompanies } from './tenants/visit-companies.ts'
import { keepHouse } from './upkeep/keep-house.ts'
import { createInboxLedger } from './webhooks/inbox-ledger.ts'
import { createInboxTurns } from './webhooks/inbox-turns.ts'
import { replayParked } from './webhooks/replay-parked.ts'
import { takeDelivery } from './webhooks/take-delivery.ts'
import { wakeDue, wakeForgotten } from './webhooks/wake-due.ts'
import { watchForgeries } from './webhooks/watch-forgeries.ts'

const HOST_ORIGINS = ['https://app.gohighlevel.com', 'https://app.leadconnectorhq.com']
/** Of its own, so that hundreds of deliveries at once do not keep the calls waiting that they ask for. */
const FOR_COMPANIES: Pool = { name: 'companies', max: 8 }
/** Of its own, so that work that is stuck in the database does not let go of what it holds. By key alone, see its plans. */
const FOR_THE_INBOX = { name: 'inbox', max: 3, byIndexOnly: true, statementTimeoutMs: 5000, acquireTimeoutMs: 5000 }

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
  const intake = composeIntake(core, around)
  const hooks = composeHooks(core, around, intake.door)
  const accountNames = createAccountNames(core)
  let stopping = false
  const app = createApp({
    log,
    health: healthRoutes({ system: core.database.system, isStopping: () => stopping }),
    webhooks: intake.highLevel,
    hooks: hooks.routes,
    metrics: intake.metrics,
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
      await intake.start()
    },
    announceStop: () => {
      stopping = true
    },
    stop: async () => {
      await intake.stop()
      await core.queue.stop(1000)
      await Promise.all([core.closeDatabases(), hooks.stop()])
    },
  }
}

export type Worker = { start(): Promise<void>; stop(deadlineMs: number): Promise<void>; accessTokens: AccessTokens }

/** How often refreshes left behind are looked for: together with the lease well within the platform's grace. */
const RECOVER_EVERY_MS = 4000
const RENEW_EVERY_MS = 1000
/** So many tenants a worker works for at once. */
const TURNS_AT_ONCE = 50
const WAKE_DUE_EVERY_MS = 500
const RENEW_LEASES_EVERY_MS = 4000
const WAKE_FORGOTTEN_EVERY_MS = 30_000
const SHARE_EVERY_MS = 10_000
const POLL_EVERY_MS = 15_000
const PURGE: Actor = { kind: 'schedule', id: 'purge' }

/** Builds the worker process. */
export function composeWorker(around: Surroundings): Worker {
  const { config, databaseUrl, log } = around
  const queue = createQueue({ databaseUrl, log, role: 'work' })
  const core = composeCore(around, queue)
  const forCompanies = composeCore(around, queue, FOR_COMPANIES)
  const inboxDatabase = openDatabase({ url: databaseUrl, ...FOR_THE_INBOX })
  const ledger = createInboxLedger({ database: inboxDatabase, now: core.now })
  const hooks = { ...core, listeners: [] } // no flow waits for a partner's news yet
  const taking = { ...core, ledger, sync: core, lifecycle: core, hooks }
  const turns = createInboxTurns({ ...core, ledger, take: (delivery) => takeDelivery(taking, delivery) })
  const stops: (() => Promise<void>)[] = []
  const noteFailure = (message: string) => (error: unknown) => log.warn({ error }, message)
  return {
    accessTokens: core.accessTokens,
    start: async () => {
      await checkMasterKeys(core.system, config.encryptionKeys)
      await ensureTenant(core, NOBODY)
      await queue.start()
      await queue.workFreely('work-inbox', {
        places: TURNS_AT_ONCE,
        passOver: turns.saturated,
        handler: ({ tenantId }, place) => turns.take(tenantId, place),
      })
      await queue.work('replay-parked', { batch: 1, lanes: 1 }, (job) => replayParked(core, job))
      await queue.work('carry-out-order', { batch: 1, lanes: 1 }, (job, { signal }) => carryOutOrder(core, job, signal))
      await workForCompanies(forCompanies)
      await queue.work('renew-token', { batch: 1, lanes: 1 }, (job) => renewForScopes(core, job))
      await queue.work('keep-hook', { batch: 1, lanes: 2 }, (job) => keepHook(core, job))
      await queue.work('purge-tenant', { batch: 1, lanes: 1 }, async ({ tenantId }) => {
        await purgeTenant(core, { tenantId, actor: PURGE })
      })
      await queue.work('keep-house', { batch: 1, lanes: 1 }, () => keepHouse(core))
      await queue.schedule('keep-house', '17 * * * *')
      await queue.work('watch-intake', { batch: 1, lanes: 1 }, () => watchForgeries(core))
      await queue.schedule('watch-intake', '* * * * *')
      await visitHooks(core) // this server may be reached elsewhere since it was stopped
      const { recoverAbandoned, renewUrgent, renewShare } = core.accessTokens
      stops.push(repeat(RENEW_LEASES_EVERY_MS, ledger.renewLeases, noteFailure('holding on to deliveries failed')))
      stops.push(
        repeat(WAKE_DUE_EVERY_MS, () => wakeDue(core), noteFailure('looking for deliveries that are due failed')),
      )
      stops.push(
        repeat(
          WAKE_FORGOTTEN_EVERY_MS,
          () => wakeForgotten(core),
          noteFailure('looking for forgotten deliveries failed'),
        ),
      )
      stops.push(repeat(RECOVER_EVERY_MS, recoverAbandoned, noteFailure('looking for refreshes left behind failed')))
      stops.push(repeat(RENEW_EVERY_MS, renewUrgent, noteFailure('renewing what ends soon failed')))
      const lookForGaps = (signal: AbortSignal) => pollDue(core, signal)
      if (around.polls !== false) {
        stops.push(repeat(POLL_EVERY_MS, lookForGaps, noteFailure('looking for what no event told failed')))
      }
      stops.push(repeat(SHARE_EVERY_MS, renewShare, noteFailure('renewing ahead of time failed')))
    },
    stop: async (deadlineMs) => {
      await Promise.all([queue.stop(deadlineMs), ...stops.map((stop) => stop())])
      await ledger.endLeases()
      await Promise.all([core.closeDatabases(), forCompanies.closeDatabases(), inboxDatabase.close()])
    },
  }
}

async function workForCompanies(core: Core): Promise<void> {
  const { queue } = core
  await queue.work('mint-location-tokens', { batch: 1, lanes: 3 }, (job, { signal }) =>
    mintLocationTokens(core, job, signal),
  )
  await queue.work('find-locations', { batch: 1, lanes: 2 }, (job) => findLocations(core, job))
  await queue.work('reconcile-company', { batch: 1, lanes: 1 }, async (job) => void (await reconcileCompany(core, job)))
  await queue.work('visit-companies', { batch: 1, lanes: 1 }, () => visitCompanies(core))
  await queue.schedule('visit-companies', '41 * * * *')
}
