import type { Router } from 'express'
import { findConnector } from '../connectors/registry.ts'
import { openDatabase } from '../db/database.ts'
import { openPipeline } from '../db/pipeline.ts'
import { createGate } from '../webhooks/gate.ts'
import { hookRoutes } from '../webhooks/hook-routes.ts'
import { createIntake } from '../webhooks/intake.ts'
import type { StoreWatch } from '../webhooks/store-watch.ts'
import type { DoorDeps } from '../webhooks/webhook-door.ts'
import type { Core, Surroundings } from './core.ts'

const CONNECTIONS = { commits: 2, looks: 2 }
const PATIENCE_MS = 1200
const MOST = { requests: 500, bytes: 8 * 1024 * 1024 }

export type Hooks = { routes: Router; stop(): Promise<void> }

type Shared = Pick<DoorDeps, 'counts'> & { storeWatch: StoreWatch }

/**
 * The door of the partners, with a gate and connections of its own: anybody may knock there at any rate, and the platform's
 * deliveries must not wait for that.
 */
export function composeHooks(core: Core, { databaseUrl }: Surroundings, { counts, storeWatch }: Shared): Hooks {
  const database = openDatabase({
    url: databaseUrl,
    max: CONNECTIONS.looks,
    name: 'hooks',
    statementTimeoutMs: PATIENCE_MS,
    acquireTimeoutMs: PATIENCE_MS,
  })
  const pipeline = openPipeline({ url: databaseUrl, max: CONNECTIONS.commits, name: 'hooks', patienceMs: PATIENCE_MS })
  const intake = createIntake({
    database,
    pipeline: storeWatch.watch(pipeline),
    enqueueStatement: core.queue.enqueueStatement,
  })
  const door = { ...core, database, system: database.system, intake, gate: createGate(MOST), counts }
  return {
    routes: hookRoutes({ ...door, findConnector: (key) => findConnector(key, core.connectors) }),
    stop: async () => {
      await Promise.all([database.close(), pipeline.close()])
    },
  }
}
