import { sign } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { newId } from '../../src/lib/ids.ts'
import { flagsOf } from '../support/flags-of.ts'
import type { Measure } from '../support/report.ts'
import { webhookShot } from './floors.ts'
import type { Shot } from './load-process.ts'
import type { BenchOptions } from './options.ts'
import type { ProductActions } from './product-process.ts'
import { quantilesOf } from './quantiles.ts'
import { endAllTokens, endWorkers, startWorkers, untilRenewed } from './refresh-storm.ts'
import { locationOf } from './refresh-tenants.ts'
import type { RefreshTown } from './refresh-town.ts'
import { arrivals, createRandom } from './schedule.ts'
import { freePort, untilSaid } from './town.ts'

const RATE = 200
const WORKERS = 2
const MOST_RATIO = 2
const MOST_SHARE = 0.2
/** A storm outlasts the webhooks that are sent during it by so much. */
const STORM_MARGIN = 0.8
const SAMPLE_EVERY_MS = 50

/** P10: webhooks are answered as ever while all tokens are renewed. */
export async function measureIngest(town: RefreshTown, options: BenchOptions): Promise<Measure[]> {
  const { tenants, latency, inFlight, seed } = options
  await town.endpoint.ask('setLatency', { ms: latency })
  const random = createRandom(seed)
  const { web, appUrl } = await startWeb(town)
  const workers = await startWorkers(town, { count: WORKERS, inFlight })
  const seconds = Math.max(0.5, (STORM_MARGIN * tenants * latency) / inFlight / 1000)
  const ack = async (): Promise<number> => {
    const shots = arrivals(random, { rate: RATE, seconds }).map((at) =>
      webhookAt(town, at, Math.floor(random() * tenants)),
    )
    const hits = await town.load.ask('fire', { url: appUrl, shots })
    const refused = hits.filter(({ status }) => status !== 200)
    if (refused.length > 0) throw new Error(`${refused.length} webhooks were not answered with 200.`)
    return quantilesOf(hits.map(({ due, done }) => done - due)).p99
  }
  await ack() // everybody warms up
  const normal = await ack()
  await endAllTokens(town.database)
  const sampler = sampleConnections(town)
  const during = await ack()
  const share = await sampler.stop()
  await untilRenewed(town.database)
  await endWorkers(workers)
  await web.stop()
  const ratio = during / normal
  const name = `webhook → ack at ${RATE}/s during a storm`
  return [
    {
      ...{ id: 'P10', name: `${name}, p99 (floor: without one)`, value: during, unit: 'ms', floor: normal, ratio },
      ...{ goal: `ratio ≤ ${MOST_RATIO}`, met: ratio <= MOST_RATIO, seed },
    },
    {
      ...{ id: 'P10', name: `${name}: connections at work for refreshes, mean`, value: share * 100, unit: '%' },
      ...{ floor: null, ratio: null, goal: `≤ ${MOST_SHARE * 100}`, met: share <= MOST_SHARE, seed },
    },
  ]
}

async function startWeb(town: RefreshTown) {
  const port = await freePort()
  const appUrl = `http://127.0.0.1:${port}`
  const web = town.start<ProductActions>('../../src/server.ts', {
    execArgv: [...(await flagsOf('web')), '--import', new URL('./product-process.ts', import.meta.url).href],
    env: { ...town.environment('web'), PORT: String(port), BASE_URL: appUrl },
  })
  await untilSaid(web, 'web is listening')
  return { web, appUrl }
}

/** Signed by the platform, of an installed location that has connected nothing. */
function webhookAt({ config, signingKey }: RefreshTown, at: number, index: number): Shot {
  const [webhookId, contactId, type] = [newId(), newId(), 'ContactUpdate']
  const { appId } = config.highLevel
  const event = {
    type,
    appId,
    webhookId,
    locationId: locationOf(index),
    id: contactId,
    timestamp: new Date().toISOString(),
  }
  const body = JSON.stringify({ ...event, firstName: 'Dana', email: `${contactId}@example.com` })
  const signature = sign(null, Buffer.from(body), signingKey).toString('base64')
  return { key: webhookId, at, ...webhookShot({ contactId, webhookId, type, body, signature }) }
}

/** The share of all our open connections that work for refreshes, on average. */
function sampleConnections(town: RefreshTown): { stop(): Promise<number> } {
  const observer = new Client({ connectionString: town.databaseUrl })
  const shares: number[] = []
  let watching = true
  const watched = (async () => {
    await observer.connect()
    for (; watching; await sleep(SAMPLE_EVERY_MS)) {
      const { rows } = await observer.query(
        `select count(*) filter (where application_name = 'causeway refresh' and state <> 'idle')::float / count(*) as share
         from pg_stat_activity where application_name like 'causeway %'`,
      )
      shares.push(rows[0].share)
    }
    await observer.end()
  })()
  return {
    stop: async () => {
      watching = false
      await watched
      return shares.reduce((sum, share) => sum + share, 0) / shares.length
    },
  }
}
