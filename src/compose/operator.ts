import type { Config } from '../config.ts'
import type { OperatorDeps } from '../console/operator-session.ts'
import { openDatabase } from '../db/database.ts'
import { inspectDatabase } from '../db/inspect-database.ts'
import { askAsStranger } from '../doctor/ask-as-stranger.ts'
import type { Patient } from '../doctor/patient.ts'
import { createQueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { createHttpClient } from '../lib/http-client.ts'
import { once } from '../lib/once.ts'
import type { SealKey } from '../lib/seal.ts'
import { listMigrationFiles } from '../migrate.ts'
import { checkMasterKeys } from '../tenants/check-master-keys.ts'
import { listCompanies } from '../tenants/company-store.ts'
import { ensureTenant } from '../tenants/ensure-tenant.ts'
import { type Reconciliation, reconcileCompany } from '../tenants/reconcile-company.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import { createVault, type Vault } from '../tenants/vault.ts'
import { composeCore, type Surroundings } from './core.ts'

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
