import { openDatabase } from '../db/database.ts'
import { createDatabaseClock } from '../db/database-clock.ts'
import { openPipeline } from '../db/pipeline.ts'
import { createWebhookVerifier } from '../highlevel/webhook-signature.ts'
import { metricsRoutes } from '../http/metrics-routes.ts'
import { createClockWatch } from '../webhooks/clock-watch.ts'
import { createGate } from '../webhooks/gate.ts'
import { highLevelWebhookRoutes } from '../webhooks/highlevel-routes.ts'
import { createIntake } from '../webhooks/intake.ts'
import { createIntakeCounts } from '../webhooks/intake-counts.ts'
import { createIntakeMetrics } from '../webhooks/intake-metrics.ts'
import { createStoreWatch } from '../webhooks/store-watch.ts'
import type { Core, Surroundings } from './core.ts'

/** For commits, as many as are under way at once; and for the keys of tenants that are not at hand. */
const CONNECTIONS = { commits: 2, keys: 2 }
const PATIENCE_MS = 1200
/** Of all doors together. Twice as much is needed for a moment, while bodies are sealed. */
const MOST = { requests: 2000, bytes: 32 * 1024 * 1024 }

/** What takes webhooks in, whoever sends them: one gate, one store and one count for all their doors. */
export function composeIntake(core: Core, { config, databaseUrl }: Surroundings) {
  const { highLevel, metricsToken } = config
  const database = openDatabase({
    url: databaseUrl,
    max: CONNECTIONS.keys,
    name: 'intake keys',
    statementTimeoutMs: PATIENCE_MS,
    acquireTimeoutMs: PATIENCE_MS,
  })
  const storeWatch = createStoreWatch()
  const pipeline = openPipeline({ url: databaseUrl, max: CONNECTIONS.commits, name: 'intake', patienceMs: PATIENCE_MS })
  const counts = createIntakeCounts(core)
  const databaseClock = createDatabaseClock(database.system)
  const gate = createGate(MOST)
  /** What every door for webhooks is built from. */
  const door = {
    ...core,
    database,
    intake: createIntake({
      database,
      pipeline: storeWatch.watch(pipeline),
      enqueueStatement: core.queue.enqueueStatement,
    }),
    storeWatch,
    gate,
    counts,
  }
  const verifier = createWebhookVerifier({ pems: highLevel.webhookKeys, legacyPems: highLevel.legacyWebhookKeys })
  return {
    door,
    highLevel: highLevelWebhookRoutes({
      ...door,
      databaseClock: databaseClock.read,
      verifier,
      watchClock: createClockWatch(core.log),
    }),
    metrics: metricsRoutes({ token: metricsToken, registry: createIntakeMetrics({ counts, gate }) }),
    start: async () => {
      await databaseClock.start()
      await counts.start()
    },
    stop: async () => {
      await Promise.all([counts.stop(), databaseClock.stop()])
      await Promise.all([database.close(), pipeline.close()])
    },
  }
}
