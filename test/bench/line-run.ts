import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { webhookShot } from './floors.ts'
import type { Hit } from './load-process.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'
import type { BenchEvent, Sighting } from './sandbox-process.ts'
import { arrivals } from './schedule.ts'
import type { Town } from './town.ts'

/** Latencies in milliseconds from when a webhook was due. */
export type LineRun = {
  events: BenchEvent[]
  /** Its answer was there. */
  ack: Quantiles
  /** HighLevel was asked for the contact. */
  read: Quantiles
  /** ActiveTrail was called. */
  called: Quantiles
  /** ActiveTrail had answered. */
  answered: Quantiles
  /** Events a second, from when the first webhook was due until ActiveTrail had answered for the last. */
  perSecond: number
  /** Milliseconds of CPU an event cost in each process. */
  cpu: { web: number; worker: number }
}

export type RunOptions = {
  rate: number
  seconds: number
  random: () => number
  /** How long ActiveTrail takes to answer. */
  partnerMs: number
  /** Contacts that are in step already, some of which change. */
  known: string[]
}

const UPDATE_SHARE = 0.25
const DRAIN_MS = 30_000

/** Sends webhooks on schedule, waits until all have been worked on, and fails unless each had its effect exactly once. */
export async function runLine(town: Town, database: Client, options: RunOptions): Promise<LineRun> {
  const times = arrivals(options.random, options)
  const events = await changeContacts(town, options, times.length)
  await town.sandbox.ask('slowDown', { ms: options.partnerMs })
  await town.sandbox.ask('takeSightings', null)
  const before = await cpuOf(town)
  const shots = events.map((event, index) => ({ key: event.contactId, at: times[index] ?? 0, ...webhookShot(event) }))
  const hits = await town.load.ask('fire', { url: town.appUrl, shots })
  await untilWorkedOff(database)
  const after = await cpuOf(town)
  const ours = new Set(events.map(({ contactId }) => contactId))
  const seen = await town.sandbox.ask('takeSightings', null)
  const sightings = seen.filter(({ contactId }) => ours.has(contactId))
  checkEffects(hits, sightings)
  const due = new Map(hits.map((hit) => [hit.key, hit.due]))
  const since = (side: Sighting['side'], moment: (seen: Sighting[]) => number): Quantiles => {
    const bySide = sightings.filter((sighting) => sighting.side === side)
    const byContact = Map.groupBy(bySide, ({ contactId }) => contactId)
    return quantilesOf([...byContact].map(([contactId, seen]) => moment(seen) - (due.get(contactId) ?? 0)))
  }
  return {
    events,
    ack: quantilesOf(hits.map((hit) => hit.done - hit.due)),
    read: since('highlevel', firstAsked),
    called: since('activetrail', firstAsked),
    answered: since('activetrail', lastAnswered),
    perSecond: (hits.length * 1000) / (lastAnswered(sightings) - Math.min(...due.values())),
    cpu: { web: (after.web - before.web) / hits.length, worker: (after.worker - before.worker) / hits.length },
  }
}

const firstAsked = (seen: Sighting[]): number => Math.min(...seen.map(({ at }) => at))
const lastAnswered = (seen: Sighting[]): number => Math.max(...seen.map(({ done }) => done))

async function changeContacts(town: Town, { random, known }: RunOptions, count: number): Promise<BenchEvent[]> {
  const update = shuffled(random, known).slice(0, Math.floor(count * UPDATE_SHARE))
  return shuffled(random, await town.sandbox.ask('change', { create: count - update.length, update }))
}

const shuffled = <Item>(random: () => number, items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, order: random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ item }) => item)

const cpuOf = async ({ web, worker }: Town) => ({
  web: await web.ask('cpu', null),
  worker: await worker.ask('cpu', null),
})

async function untilWorkedOff(database: Client): Promise<void> {
  for (const deadline = Date.now() + DRAIN_MS; ; await sleep(100)) {
    const { rows } = await database.query(
      `select (select count(*) from deliveries where state = 'received')
            + (select count(*) from pgboss.job where name = 'work-inbox' and state < 'completed') as waiting`,
    )
    if (Number(rows[0].waiting) === 0) return
    if (Date.now() > deadline) throw new Error(`${rows[0].waiting} are still waiting after ${DRAIN_MS} ms.`)
  }
}

/** Each webhook made HighLevel be read and ActiveTrail be written to, the latter once. */
function checkEffects(hits: Hit[], sightings: Sighting[]): void {
  const unanswered = hits.filter(({ status }) => status !== 200)
  if (unanswered.length > 0) throw new Error(`${unanswered.length} webhooks were not answered with 200.`)
  const refused = sightings.filter(({ status }) => status >= 400)
  if (refused.length > 0) throw new Error(`${refused.length} calls were refused, one with ${refused[0]?.status}.`)
  const reads = sightings.filter(({ side }) => side === 'highlevel')
  const writes = sightings.filter(({ side, method }) => side === 'activetrail' && method !== 'GET')
  const [read, written] = [reads, writes].map((calls) => new Set(calls.map(({ contactId }) => contactId)))
  if (read?.size !== hits.length || written?.size !== hits.length || writes.length !== hits.length) {
    const seen = `${read?.size} were read; ${writes.length} writes reached ${written?.size}`
    throw new Error(`${hits.length} contacts had to be read and written once each; ${seen}.`)
  }
}
