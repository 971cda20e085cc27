import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { openDatabase } from '../../src/db/database.ts'
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { ensurePartitions } from '../../src/db/partitions.ts'
import { migrate } from '../../src/migrate.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { flagsOf } from '../support/flags-of.ts'
import type { DoorLoadActions } from './door-load-process.ts'
import type { FloorActions } from './floor-process.ts'
import { type Helper, startHelper } from './helper-process.ts'
import type { ProductActions } from './product-process.ts'
import type { ReferenceActions } from './reference-process.ts'
import { freePort, untilSaid } from './town.ts'

/** The web process, a durable Postgres, senders, and the floors: a process each. Nobody works on what is stored. */
export type DoorTown = {
  load: Helper<DoorLoadActions>
  flooder: Helper<DoorLoadActions>
  web: Helper<ProductActions>
  database: Client
  databaseUrl: string
  ports: { product: number; bare: number; reference: number }
}

const APP_ID = 'c0ffee00c0ffee00c0ffee00'
const BODY_BYTES = 1024

export async function openDoorTown(
  locationCount: number,
  started: (stop: () => Promise<void>) => void,
): Promise<DoorTown> {
  const server = await startEmbeddedServer()
  started(server.stop)
  await migrate({ databaseUrl: server.url })
  const database = new Client({ connectionString: server.url })
  await database.connect()
  started(() => database.end())
  const encryptionKey = { kid: 'bench', key: randomBytes(32) }
  const locations = Array.from({ length: locationCount }, (_, index) => `location${index}`)
  await settleIn(server.url, encryptionKey, locations)

  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const start = <Actions extends Record<string, (input: never) => unknown>>(
    ...how: Parameters<typeof startHelper<Actions>>
  ): Helper<Actions> => {
    const helper = startHelper<Actions>(...how)
    started(() => helper.stop())
    return helper
  }
  const product = await freePort()
  const web = start<ProductActions>('../../src/server.ts', {
    execArgv: [
      ...(await flagsOf('web')),
      ...profiling(),
      '--import',
      new URL('./product-process.ts', import.meta.url).href,
    ],
    env: {
      PATH: process.env.PATH,
      PORT: String(product),
      BASE_URL: `http://127.0.0.1:${product}`,
      DATABASE_URL: server.url,
      ENCRYPTION_KEYS: `bench:${encryptionKey.key.toString('base64url')}`,
      SANDBOX: 'on',
      HIGHLEVEL_APP_ID: APP_ID,
      HIGHLEVEL_WEBHOOK_KEYS: publicKeyPem,
      HIGHLEVEL_API_URL: 'http://127.0.0.1:9',
    },
  })
  const floor = start<FloorActions>('./floor-process.ts')
  const bare = Number(new URL(await floor.ask('listen', { publicKeyPem })).port)
  const reference = await start<ReferenceActions>('./reference-process.ts').ask('listen', {
    publicKeyPem,
    databaseUrl: server.url,
  })
  const [load, flooder] = [1, 2].map(() => start<DoorLoadActions>('./door-load-process.ts')) as [
    Helper<DoorLoadActions>,
    Helper<DoorLoadActions>,
  ]
  for (const helper of [load, flooder]) {
    await helper.ask('begin', { privateKeyPem, appId: APP_ID, locations, bodyBytes: BODY_BYTES })
  }
  await untilSaid(web, 'web is listening')
  return { load, flooder, web, database, databaseUrl: server.url, ports: { product, bare, reference } }
}

/** Locations whose events are theirs: each has its key, as after an installation. */
async function settleIn(databaseUrl: string, key: { kid: string; key: Buffer }, locations: string[]): Promise<void> {
  const database = openDatabase({ url: databaseUrl, max: 4, name: 'bench' })
  await ensurePartitions(database.system, Date.now())
  const deps = { database, vault: createVault([key]) }
  for (const location of locations) await ensureTenant(deps, locationTenantId(APP_ID, location))
  await database.close()
}

/** What the Procfile starts the web process with. */

/** `CAUSEWAY_BENCH_PROFILE=folder`: the web process leaves a CPU profile there. */
const profiling = (): string[] => {
  const folder = process.env.CAUSEWAY_BENCH_PROFILE
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []
}
