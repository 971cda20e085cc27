import { composeWeb } from '../../src/compose/web.ts'
import { composeWorker, type Worker } from '../../src/compose/worker.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { listConnectors } from '../../src/connectors/registry.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { type ActiveTrailSandbox, createActiveTrailSandbox } from '../../src/sandbox/activetrail/sandbox.ts'
import { createHighLevelSandbox, type HighLevelSandbox } from '../../src/sandbox/highlevel/sandbox.ts'
import { registerApp } from '../../src/sandbox/register-app.ts'
import { createTestDatabase } from './database.ts'
import { refuseViolations } from './openapi.ts'

/** The whole product with both sandboxes, on ports of its own and a database of its own. */
export type Line = {
  appUrl: string
  highLevelUrl: string
  activeTrailUrl: string
  config: Config
  databaseUrl: string
  database: Database
  highLevel: HighLevelSandbox
  activeTrail: ActiveTrailSandbox
  worker: Worker
  /** The worker was started. */
  works: boolean
  /** Every line that the product logged. */
  logged: string[]
  /** The environment that makes a process of its own part of this line. */
  environment: Record<string, string>
  close(): Promise<void>
}

const SECRET = Buffer.alloc(32, 7)

export type LineOptions = {
  retryDelaysMs?: number[]
  leaseMs?: number
  work?: boolean
  databaseUrl?: string
  /** The worker looks for what no event told: only where a test is about that, since it calls the platform by itself. */
  polls?: boolean
  /** The clock of the product. */
  now?: () => number
  /** Public keys that sign webhooks beside the sandbox's own, as while the platform changes its key. */
  webhookKeys?: string[]
  /** Beside ActiveTrail: a partner that the test brings. */
  connectors?: readonly Connector[]
  /** ActiveTrail tells of changes there, its own and ours. Otherwise it keeps quiet, so that tests may count. */
  hooks?: boolean
  /** How long ActiveTrail waits for an answer to such a call, which it never repeats. */
  hookTimeoutMs?: number
}

export async function startLine(options: LineOptions = {}): Promise<Line> {
  const testDatabase = options.databaseUrl
    ? { url: options.databaseUrl, drop: async () => {} }
    : await createTestDatabase()
  const appPort = await freePort()
  const appUrl = `http://127.0.0.1:${appPort}`
  const development = readConfig({}, SECRET).highLevel
  const highLevel = createHighLevelSandbox({
    registration: registerApp({ highLevel: development, baseUrl: appUrl }),
    retryDelaysMs: options.retryDelaysMs ?? [50, 100, 200, 400, 800],
  })
  const { hookTimeoutMs } = options
  const activeTrail = createActiveTrailSandbox(hookTimeoutMs === undefined ? {} : { hookTimeoutMs })
  if (!options.hooks) activeTrail.control.setModes({ webhooks: 'silent' })
  const sandboxServers = [
    await listen(highLevel.handler, 0, 'localhost'),
    await listen(activeTrail.handler, 0, 'localhost'),
  ]
  const [highLevelUrl = '', activeTrailUrl = ''] = sandboxServers.map(({ port }) => `http://localhost:${port}`)
  const environment = {
    PORT: String(appPort),
    BASE_URL: appUrl,
    DATABASE_URL: testDatabase.url,
    ENCRYPTION_KEYS: `test:${SECRET.toString('base64url')}`,
    SESSION_KEYS: `test:${SECRET.toString('base64url')}`,
    SANDBOX: 'on',
    HIGHLEVEL_APP_ID: development.appId,
    HIGHLEVEL_CLIENT_ID: String(development.clients[0]?.id),
    HIGHLEVEL_CLIENT_SECRET: String(development.clients[0]?.secrets[0]),
    HIGHLEVEL_SSO_SECRETS: development.ssoSecrets.join(','),
    HIGHLEVEL_WEBHOOK_KEYS: [highLevel.publicKeyPem, ...(options.webhookKeys ?? [])].join('\n'),
    HIGHLEVEL_API_URL: highLevelUrl,
    HIGHLEVEL_MARKETPLACE_URL: highLevelUrl,
    ACTIVETRAIL_API_URL: `${activeTrailUrl}/api`,
  }
  const config = readConfig(environment)
  const logged: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })
  const leaseMs = options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }
  const clock = options.now === undefined ? {} : { now: options.now }
  const polls = { polls: options.polls ?? false }
  const partners = options.connectors ? { connectors: [...listConnectors(), ...options.connectors] } : {}
  const around = { config, databaseUrl: testDatabase.url, log, ...leaseMs, ...clock, ...polls, ...partners }
  const web = composeWeb(around)
  await web.start()
  const worker = composeWorker(around)
  if (options.work !== false) await worker.start()
  const server: Listening = await listen(web.app, appPort, '127.0.0.1')
  const database = openDatabase({ url: testDatabase.url, max: 4, name: 'test' })
  return {
    appUrl,
    highLevelUrl,
    activeTrailUrl,
    config,
    databaseUrl: testDatabase.url,
    database,
    highLevel,
    activeTrail,
    worker,
    works: options.work !== false,
    logged,
    environment,
    close: async () => {
      await highLevel.close()
      await server.close()
      if (options.work !== false) await worker.stop(2000)
      await web.stop()
      await activeTrail.close()
      await Promise.all(sandboxServers.map((sandbox) => sandbox.close()))
      await database.close()
      await testDatabase.drop()
      refuseViolations(highLevel.control.requests())
    },
  }
}

/** A port that was free a moment ago: the app's address must be known before it listens. */
async function freePort(): Promise<number> {
  const express = (await import('express')).default
  const probe = await listen(express(), 0, '127.0.0.1')
  await probe.close()
  return probe.port
}
