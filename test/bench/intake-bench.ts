import type { Measure } from '../support/report.ts'
import type { Sent } from './door-load-process.ts'
import { type DoorTown, openDoorTown } from './door-town.ts'
import { intakeMeasures } from './intake-measures.ts'
import type { BenchOptions } from './options.ts'
import { medianOf, type Quantiles, quantilesOf } from './quantiles.ts'
import { arrivals, createRandom } from './schedule.ts'

export const CONNECTIONS = [32, 128] as const

/** Webhooks a second with so many connections, each waiting for its answer. */
export type Saturated = {
  connections: number
  bare: number
  reference: number
  product: number
  rss: number
  loopDelay: number
}

/** Arrivals of their own; milliseconds from when one was due. */
export type Open = { rate: number; ack: Quantiles & { p999: number }; bare: Quantiles; rss: number; refused: number }

export type Round = {
  saturated: Saturated[]
  open: Open[]
  /** Signed ones at a fixed rate, alone and beside a flood of unsigned posts. */
  flooded: { alone: Quantiles; beside: Quantiles; floodRate: number }
  rows: { single: number; batched: number }
}

/** The intake of the real web process, beside floors of the same minutes. */
export async function benchIntake(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openDoorTown(options.locations, started)
  const random = createRandom(options.seed)
  const idle = await town.web.ask('rss', null)
  const accepted = { count: 0 }
  await warmUp(town, options, accepted)
  const rounds: Round[] = []
  for (let round = 0; round < options.runs; round++) rounds.push(await runRound(town, options, random, accepted))
  await checkStored(town, accepted.count)
  return intakeMeasures(rounds, { idle, seed: options.seed })
}

type Accepted = { count: number }
/** More than two cores store in a second. */
const MOST_A_SECOND = 15_000

async function runRound(
  town: DoorTown,
  options: BenchOptions,
  random: () => number,
  accepted: Accepted,
): Promise<Round> {
  const saturated: Saturated[] = []
  for (const connections of CONNECTIONS) saturated.push(await saturate(town, connections, options.seconds, accepted))
  const open: Open[] = []
  for (const rate of options.rates) open.push(await openLoop(town, rate, options.seconds, random, accepted))
  const flooded = await flood(town, options, random, accepted)
  const insert = (rows: number, lanes: number): Promise<number> =>
    town.load.ask('insertRate', { url: town.databaseUrl, rows, lanes, forMs: options.seconds * 250 })
  return { saturated, open, flooded, rows: { single: await insert(1, 10), batched: await insert(50, 2) } }
}

async function warmUp(town: DoorTown, { seconds }: BenchOptions, accepted: Accepted): Promise<void> {
  for (const connections of CONNECTIONS) await saturate(town, connections, seconds / 2, accepted)
  await town.database.query('analyze') // what autovacuum does within a minute
}

/** Turn and turn about, so that whatever else the machine does meets all three alike. */
const MOST_SLICES = 4

async function saturate(town: DoorTown, connections: number, seconds: number, accepted: Accepted): Promise<Saturated> {
  const slices = Math.max(1, Math.min(MOST_SLICES, Math.floor(seconds)))
  const forMs = (seconds * 1000) / slices
  const taken = { bare: 0, reference: 0, product: 0 }
  const lasted = { bare: 0, reference: 0, product: 0 }
  const loopDelays: number[] = []
  for (let slice = 0; slice < slices; slice++) {
    for (const receiver of ['bare', 'reference', 'product'] as const) {
      await town.load.ask('prepare', { count: Math.ceil((MOST_A_SECOND * forMs) / 1000) + connections })
      await town.web.ask('watchLoop', null)
      const how = { port: town.ports[receiver], connections, forMs, again: receiver === 'bare' }
      const sent = await town.load.ask('closedLoop', how)
      if (receiver === 'product') loopDelays.push(await town.web.ask('loopDelay', null))
      expectAll(sent)
      taken[receiver] += sent.statuses['200'] ?? 0
      lasted[receiver] += sent.milliseconds
    }
  }
  accepted.count += taken.product
  const rate = (receiver: keyof typeof taken): number => (taken[receiver] * 1000) / lasted[receiver]
  return {
    connections,
    bare: rate('bare'),
    reference: rate('reference'),
    product: rate('product'),
    loopDelay: medianOf(loopDelays),
    rss: await town.web.ask('rss', null),
  }
}

async function openLoop(
  town: DoorTown,
  rate: number,
  seconds: number,
  random: () => number,
  accepted: Accepted,
): Promise<Open> {
  const fire = async (port: number) => {
    const times = arrivals(random, { rate, seconds })
    await town.load.ask('prepare', { count: times.length })
    return town.load.ask('openLoop', { port, times })
  }
  const bare = quantilesOf((await fire(town.ports.bare)).latencies)
  const { latencies, statuses } = await fire(town.ports.product)
  accepted.count += statuses['200'] ?? 0
  const refused = latencies.length - (statuses['200'] ?? 0)
  const p999 = quantileOf(latencies, 0.999)
  return { rate, ack: { ...quantilesOf(latencies), p999 }, bare, refused, rss: await town.web.ask('rss', null) }
}

/** Of signed ones, and so many unsigned ones beside them as two cores can bear with everything else on them. */
const SIGNED_RATE = 200
const FLOOD = { rate: 2000, connections: 16 }

async function flood(
  town: DoorTown,
  { seconds }: BenchOptions,
  random: () => number,
  accepted: Accepted,
): Promise<Round['flooded']> {
  const signed = async (): Promise<Quantiles> => {
    const times = arrivals(random, { rate: SIGNED_RATE, seconds })
    await town.load.ask('prepare', { count: times.length })
    const sent = await town.load.ask('openLoop', { port: town.ports.product, times })
    expectAll(sent)
    accepted.count += times.length
    return quantilesOf(sent.latencies)
  }
  const alone = await signed()
  const flooding = town.flooder.ask('flood', { port: town.ports.product, ...FLOOD, forMs: seconds * 1000 })
  const beside = await signed()
  const { statuses, milliseconds } = await flooding
  if (Object.keys(statuses).join() !== '401')
    throw new Error(`Unsigned posts were answered ${JSON.stringify(statuses)}.`)
  return { alone, beside, floodRate: ((statuses['401'] ?? 0) * 1000) / milliseconds }
}

function expectAll({ statuses }: Sent): void {
  if (Object.keys(statuses).join() !== '200') throw new Error(`Not all were answered 200: ${JSON.stringify(statuses)}.`)
}

const quantileOf = (values: number[], share: number): number =>
  [...values].sort((left, right) => left - right)[Math.ceil(share * values.length) - 1] ?? 0

/** Each that was answered 200 is there, once, and will be worked on. */
async function checkStored({ database }: DoorTown, accepted: number): Promise<void> {
  const { rows } = await database.query(
    `select count(*)::int as stored, count(distinct (tenant_id, delivery_id))::int as ids,
            count(*) filter (where not exists (select from pgboss.job
              where name = 'work-inbox' and data ->> 'tenantId' = deliveries.tenant_id::text))::int as forgotten
     from deliveries where state = 'received'`,
  )
  const { stored, ids, forgotten } = rows[0]
  if (stored < accepted || ids !== stored || forgotten > 0) {
    throw new Error(`Of ${accepted} accepted ${stored} are stored under ${ids} ids; ${forgotten} wait for nobody.`)
  }
}
