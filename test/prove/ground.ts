import type { Knex } from 'knex'
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { migrate } from '../../src/migrate.ts'
import { type Line, type LineOptions, startLine } from '../support/line.ts'
import { createRandom, type Random } from '../support/random.ts'
import { type ConnectedTenant, connectTenant } from '../webhooks/tenants.ts'
import { type ProductKind, type ProductProcess, startProduct } from './product-process.ts'
import type { Outgoing } from './sender.ts'

/** A database that syncs, both sandboxes, and the product's own processes: where proofs are given. */
export type Ground = {
  random: Random
  say(progress: string): void
  postgres: EmbeddedServer
  line: Line
  /** Sees every tenant; straight to the database. */
  sql: Knex
  /** For processes that the proof starts by itself. */
  environment: Record<string, string>
  start(kind: ProductKind, options?: StartOptions): Promise<ProductProcess>
  /** A location that installed the app and connected an ActiveTrail account of its own. */
  openTenant(): Promise<ConnectedTenant>
  /** A signed event of a location, with an id of its own unless told. */
  event(locationId: string, fields: Record<string, unknown>): Outgoing
  /** What processes said that ended although nobody had asked for it. There should be none. */
  crashes(): string[]
  close(): Promise<void>
}

export type StartOptions = { databaseUrl?: string; preload?: URL; environment?: Record<string, string> }

export type GroundOptions = {
  seed: number
  say?: ((progress: string) => void) | undefined
  postgres?: EmbeddedServerOptions
  line?: LineOptions
}

export async function openGround({
  seed,
  say = () => {},
  postgres: settings = {},
  line: lineOptions = {},
}: GroundOptions): Promise<Ground> {
  const random = createRandom(seed)
  const postgres = await startEmbeddedServer(settings)
  await migrate({ databaseUrl: postgres.url })
  const line = await startLine({ ...lineOptions, databaseUrl: postgres.url, work: false })
  const { control } = line.highLevel
  control.setRateLimit({ burst: MOST_BELIEVED, daily: 1e9 })
  const started: ProductProcess[] = []
  let tenants = 0
  return {
    random,
    say,
    postgres,
    line,
    sql: line.database.system.sql as Knex,
    environment: line.environment,
    start: async (kind, { databaseUrl = postgres.url, preload, environment = {} } = {}) => {
      const all = { ...line.environment, DATABASE_URL: databaseUrl, ...environment }
      const process = await startProduct(kind, all, 0, preload)
      started.push(process)
      return process
    },
    openTenant: async () => {
      if (tenants >= control.locations().length) openLocation(line)
      return connectTenant(line, tenants++)
    },
    event: (locationId, fields) => {
      const webhookId = String(fields.webhookId ?? idOf(random))
      const { appId } = line.config.highLevel
      const timestamp = new Date().toISOString()
      const body = JSON.stringify({ locationId, appId, timestamp, ...fields, webhookId })
      return { webhookId, body, signature: control.sign(body) }
    },
    crashes: () => started.flatMap((process) => process.crash() ?? []),
    close: async () => {
      await Promise.all(started.map((process) => process.hasEnded() || process.stop()))
      await line.close()
      await postgres.stop()
    },
  }
}

/** The product keeps to the platform's limit by what the platform says of it; it takes no more than this for true. */
const MOST_BELIEVED = 10_000

function openLocation(line: Line): void {
  const { control } = line.highLevel
  control.dropNextWebhooks(1)
  control.createLocation(String(control.companies()[0]?.id), 'One more branch')
  control.dropNextWebhooks(0)
}

const idOf = (random: Random): string =>
  Array.from({ length: 5 }, () => random.between(0, 0xffffffff).toString(16).padStart(8, '0')).join('')
