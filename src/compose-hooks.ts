import type { Router } from 'express'
import type { Core, Surroundings } from './compose-core.ts'
import { findConnector } from './connectors/registry.ts'
import { openDatabase } from './db/database.ts'
import { hookRoutes } from './webhooks/hook-routes.ts'
import { createIntake } from './webhooks/intake.ts'

const CONNECTIONS = 4
const PATIENCE_MS = 1200

export type Hooks = { routes: Router; stop(): Promise<void> }

/**
 * The door of the partners, with connections of its own: anybody may knock there at any rate, and the platform's deliveries
 * must not wait for that.
 */
export function composeHooks(core: Core, { databaseUrl }: Surroundings): Hooks {
  const database = openDatabase({
    url: databaseUrl,
    max: CONNECTIONS,
    name: 'hooks',
    statementTimeoutMs: PATIENCE_MS,
    acquireTimeoutMs: PATIENCE_MS,
  })
  const intake = createIntake({ ...core, database })
  return {
    routes: hookRoutes({ ...core, database, system: database.system, intake, findConnector }),
    stop: () => database.close(),
  }
}
