import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { migrate } from '../../src/migrate.ts'
import type { AppRegistration } from '../../src/sandbox/highlevel/sandbox.ts'
import { registerApp } from '../../src/sandbox/register-app.ts'
import { flagsOf } from '../support/flags-of.ts'
import type { FloorActions } from './floor-process.ts'
import { type Helper, startHelper } from './helper-process.ts'
import type { LoadActions } from './load-process.ts'
import type { ProductActions } from './product-process.ts'
import type { SandboxActions } from './sandbox-process.ts'

/** The product as it runs in life, a process each, with the world around it. */
export type Town = {
  registration: AppRegistration
  appUrl: string
  highLevelUrl: string
  activeTrailUrl: string
  /** The least that receives a signed webhook. */
  floorUrl: string
  databaseUrl: string
  sandbox: Helper<SandboxActions>
  load: Helper<LoadActions>
  web: Helper<ProductActions>
  worker: Helper<ProductActions>
  /** For further processes of the product. */
  environment: Record<string, string | undefined>
}

const START_MS = 20_000

/** Everything that was started is handed to `started` at once, so that it can be stopped whatever happens next. */
export async function openTown(started: (stop: () => Promise<void>) => void): Promise<Town> {
  const database: EmbeddedServer = await startEmbeddedServer()
  started(database.stop)
  await migrate({ databaseUrl: database.url })
  const start = <Actions extends Record<string, (input: never) => unknown>>(
    ...[file, options]: Parameters<typeof startHelper<Actions>>
  ): Helper<Actions> => {
    const helper = startHelper<Actions>(file, options)
    started(() => helper.stop())
    return helper
  }

  const port = await freePort()
  const appUrl = `http://127.0.0.1:${port}`
  const registration = register(appUrl)
  const sandbox = start<SandboxActions>('./sandbox-process.ts', { args: [JSON.stringify(registration)] })
  const { publicKeyPem, highLevelUrl, activeTrailUrl } = await sandbox.ask('listen', null)
  const load = start<LoadActions>('./load-process.ts')
  const floorUrl = await start<FloorActions>('./floor-process.ts').ask('listen', { publicKeyPem })
  const product = {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      BASE_URL: appUrl,
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: newKeyRing(),
      SESSION_KEYS: newKeyRing(),
      SANDBOX: 'on',
      HIGHLEVEL_APP_ID: registration.appId,
      HIGHLEVEL_CLIENT_ID: registration.clientId,
      HIGHLEVEL_CLIENT_SECRET: registration.clientSecret,
      HIGHLEVEL_SSO_SECRETS: registration.ssoSecret,
      HIGHLEVEL_WEBHOOK_KEYS: publicKeyPem,
      HIGHLEVEL_API_URL: highLevelUrl,
      HIGHLEVEL_MARKETPLACE_URL: highLevelUrl,
      ACTIVETRAIL_API_URL: `${activeTrailUrl}/api`,
    },
  }
  const told = ['--import', new URL('./product-process.ts', import.meta.url).href]
  const begin = async (kind: 'web' | 'worker', file: string): Promise<Helper<ProductActions>> =>
    start<ProductActions>(file, { ...product, execArgv: [...(await flagsOf(kind)), ...told] })
  const web = await begin('web', '../../src/server.ts')
  const worker = await begin('worker', '../../src/worker.ts')
  await untilSaid(web, 'web is listening')
  await untilSaid(worker, 'worker is working')
  return {
    registration,
    appUrl,
    highLevelUrl,
    activeTrailUrl,
    floorUrl,
    databaseUrl: database.url,
    sandbox,
    load,
    web,
    worker,
    environment: product.env,
  }
}

const register = (baseUrl: string): AppRegistration =>
  registerApp({ highLevel: readConfig({}, randomBytes(32)).highLevel, baseUrl })

const newKeyRing = (): string => `bench:${randomBytes(32).toString('base64url')}`

export async function untilSaid(helper: Helper<ProductActions>, words: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; !helper.lastLines().some((line) => line.includes(words)); ) {
    if (Date.now() > deadline) throw new Error(`It did not start:\n${helper.lastLines().join('\n')}`)
    await sleep(50)
  }
}

/** A port that was free a moment ago: the app's address must be known before it listens. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
