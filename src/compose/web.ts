import type { Express } from 'express'
import { createApp } from '../app.ts'
import { consoleRoutes } from '../console/console-routes.ts'
import { healthRoutes } from '../http/health-routes.ts'
import { createQueue } from '../jobs/queue.ts'
import { backfillRoutes } from '../settings/backfill-routes.ts'
import { conflictRoutes } from '../settings/conflict-routes.ts'
import { settingsRoutes } from '../settings/settings-routes.ts'
import { createAccountNames } from '../tenants/account-names.ts'
import { checkMasterKeys } from '../tenants/check-master-keys.ts'
import { ensureTenant } from '../tenants/ensure-tenant.ts'
import { installRoutes } from '../tenants/install-routes.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import { composeCore, type Surroundings } from './core.ts'
import { composeHooks } from './hooks.ts'
import { composeIntake } from './intake.ts'

const HOST_ORIGINS = ['https://app.gohighlevel.com', 'https://app.leadconnectorhq.com']
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
  const page = { ...core, ssoSecrets: config.highLevel.ssoSecrets }
  let stopping = false
  const app = createApp({
    log,
    health: healthRoutes({
      system: core.database.system,
      isStopping: () => stopping,
      storeTrouble: intake.door.storeWatch.trouble,
    }),
    webhooks: intake.highLevel,
    hooks: hooks.routes,
    metrics: intake.metrics,
    install: installRoutes({ ...core, accountNames }),
    settings: settingsRoutes({
      ...page,
      frameOrigins: config.sandbox ? [...HOST_ORIGINS, config.highLevel.marketplaceUrl] : HOST_ORIGINS,
      accountNames,
    }),
    decisions: conflictRoutes(page),
    backfills: backfillRoutes(page),
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
