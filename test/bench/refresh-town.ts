import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { type Config, readConfig } from '../../src/config.ts'
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { migrate } from '../../src/migrate.ts'
import { type Helper, startHelper } from './helper-process.ts'
import type { LoadActions } from './load-process.ts'
import type { RefreshActions, RefreshSettings } from './refresh-process.ts'
import type { TokenEndpointActions } from './token-endpoint-process.ts'

export type RefreshTown = {
  config: Config
  /** Of a process; its name stands in front of the path of what it asks the endpoint. */
  environment(name: string): Record<string, string>
  endpointUrl: string
  endpoint: Helper<TokenEndpointActions>
  load: Helper<LoadActions>
  databaseUrl: string
  database: Client
  /** Signs webhooks as the platform does. */
  signingKey: KeyObject
  start: Start
  startWorker(name: string, settings: RefreshSettings): Helper<RefreshActions>
}

type Start = <Actions extends Record<string, (input: never) => unknown>>(
  ...how: Parameters<typeof startHelper<Actions>>
) => Helper<Actions>

/** A call of the endpoint that renews nothing: what each of them costs at best. */
export const FLOOR_SHOT = {
  method: 'POST' as const,
  path: '/floor/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=none',
}

/** A durable Postgres, a token endpoint, and what starts workers. Everything started is handed to `started` at once. */
export async function openRefreshTown(started: (stop: () => Promise<void>) => void): Promise<RefreshTown> {
  const server = await startEmbeddedServer()
  started(server.stop)
  await migrate({ databaseUrl: server.url })
  const database = new Client({ connectionString: server.url })
  await database.connect()
  started(() => database.end())
  const start: Start = <Actions extends Record<string, (input: never) => unknown>>(
    ...[file, options]: Parameters<typeof startHelper<Actions>>
  ) => {
    const helper = startHelper<Actions>(file, options)
    started(() => helper.stop('SIGKILL'))
    return helper
  }
  const endpoint = start<TokenEndpointActions>('./token-endpoint-process.ts')
  const endpointUrl = await endpoint.ask('listen', null)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const keyRing = `bench:${randomBytes(32).toString('base64url')}`
  const environment = (name: string): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    BASE_URL: 'http://127.0.0.1:9',
    DATABASE_URL: server.url,
    ENCRYPTION_KEYS: keyRing,
    SESSION_KEYS: keyRing,
    SANDBOX: 'on',
    LOG_LEVEL: 'info',
    HIGHLEVEL_APP_ID: 'b0b0b0b0b0b0b0b0b0b0b0b0',
    HIGHLEVEL_CLIENT_ID: 'b0b0b0b0b0b0b0b0b0b0b0b0-bench',
    HIGHLEVEL_CLIENT_SECRET: 'a secret of the bench',
    HIGHLEVEL_SSO_SECRETS: 'another secret of the bench',
    HIGHLEVEL_WEBHOOK_KEYS: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    HIGHLEVEL_API_URL: `${endpointUrl}/${name}`,
  })
  return {
    config: readConfig(environment('bench')),
    environment,
    endpointUrl,
    endpoint,
    load: start<LoadActions>('./load-process.ts'),
    databaseUrl: server.url,
    database,
    signingKey: privateKey,
    start,
    startWorker: (name, settings) =>
      start<RefreshActions>('./refresh-process.ts', { args: [JSON.stringify(settings)], env: environment(name) }),
  }
}
