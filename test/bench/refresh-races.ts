import { setTimeout as sleep } from 'node:timers/promises'
import type { Measure } from '../support/report.ts'
import type { Helper } from './helper-process.ts'
import type { BenchOptions } from './options.ts'
import { quantilesOf } from './quantiles.ts'
import type { RefreshActions, TokenCall } from './refresh-process.ts'
import { tenantOf } from './refresh-tenants.ts'
import { FLOOR_SHOT, type RefreshTown } from './refresh-town.ts'
import { createRandom } from './schedule.ts'

const PROCESSES = 8
const CALLERS = 25
const LATENCY_MS = 200
/** One race in so many loses the process that holds the lease. */
const KILL_EVERY = 10
/** So that the others need not wait for long. */
const SHORT_LEASE_MS = 1500
const KILL_WITHIN_MS = 1.3 * LATENCY_MS
const FLOOR_CALLS = 50
const GOAL_P99_MS = 700

type Racer = { name: string; process: Helper<RefreshActions> }
type Race = { uses: number; refused: number; calls: TokenCall[] }

/** P8: everybody needs the same token at the moment of its end. */
export async function measureRaces(town: RefreshTown, { repeats, tenants, seed }: BenchOptions): Promise<Measure[]> {
  const random = createRandom(seed)
  await town.endpoint.ask('setLatency', { ms: LATENCY_MS })
  const hammering = { url: town.endpointUrl, shot: FLOOR_SHOT, count: FLOOR_CALLS, inFlight: 1 }
  const floor = quantilesOf((await town.load.ask('hammer', hammering)).each).p99
  const kills = Math.ceil(repeats / KILL_EVERY)
  const racers = await startRacers(town, {})
  const plain: Race[] = []
  for (let race = 0; race < repeats - kills; race++) {
    plain.push(await run(town, tenantOf(town, race % tenants), racers))
  }
  await endRacers(racers)
  const killed = await runKills(town, kills, (race) => tenantOf(town, race % tenants), random)
  return [...plainMeasures(plain, floor, seed), ...killMeasures(killed, seed)]
}

async function startRacers(town: RefreshTown, settings: { leaseMs?: number }, names = allNames()): Promise<Racer[]> {
  const racers = names.map((name) => ({ name, process: town.startWorker(name, settings) }))
  await Promise.all(racers.map(({ process }) => process.ask('cpu', null))) // answers once it has started
  return racers
}

const allNames = (): string[] => Array.from({ length: PROCESSES }, (_, index) => `p${index}`)

const endRacers = (racers: Racer[]): Promise<unknown> =>
  Promise.all(racers.map(({ process }) => process.stop('SIGKILL')))

async function expire(town: RefreshTown, tenantId: string): Promise<void> {
  await town.database.query('update installation_tokens set expires_at = now() where tenant_id = $1', [tenantId])
  await town.endpoint.ask('takeCounts', null)
}

async function run(town: RefreshTown, tenantId: string, racers: Racer[]): Promise<Race> {
  await expire(town, tenantId)
  const calls = await Promise.all(racers.map(({ process }) => process.ask('call', { tenantId, callers: CALLERS })))
  const { calls: uses, refused } = await town.endpoint.ask('takeCounts', null)
  return { uses, refused, calls: calls.flat() }
}

async function runKills(
  town: RefreshTown,
  count: number,
  tenant: (race: number) => string,
  random: () => number,
): Promise<Race[]> {
  const races: Race[] = []
  let racers = await startRacers(town, { leaseMs: SHORT_LEASE_MS })
  for (let race = 0; race < count; race++) {
    const tenantId = tenant(race)
    await expire(town, tenantId)
    const asking = town.endpoint.ask('nextAsker', null)
    const answers = racers.map(async ({ name, process }) => ({
      name,
      calls: await process.ask('call', { tenantId, callers: CALLERS }).catch((): TokenCall[] => []),
    }))
    const holder = await asking
    await sleep(random() * KILL_WITHIN_MS)
    await racers.find(({ name }) => name === holder)?.process.stop('SIGKILL')
    const survivors = (await Promise.all(answers)).filter(({ name }) => name !== holder)
    const { calls: uses, refused } = await town.endpoint.ask('takeCounts', null)
    races.push({ uses, refused, calls: survivors.flatMap(({ calls }) => calls) })
    const [heir] = await startRacers(town, { leaseMs: SHORT_LEASE_MS }, [holder])
    racers = racers.map((racer) => (racer.name === holder && heir ? heir : racer))
  }
  await endRacers(racers)
  return races
}

function plainMeasures(races: Race[], floor: number, seed: number): Measure[] {
  const name = `race of ${PROCESSES} × ${CALLERS} callers, ${races.length} times`
  const p99 = quantilesOf(races.flatMap(({ calls }) => calls.map(({ ms }) => ms))).p99
  return [
    measure(`${name}: most uses of one token`, Math.max(...races.map(({ uses }) => uses)), 1, seed),
    measure(`${name}: callers without the one new token`, sumOf(races, countFailed), 0, seed),
    {
      ...measure(`${name}: a caller waits, p99 (floor: a plain call)`, p99, GOAL_P99_MS, seed),
      ...{ unit: 'ms', floor, ratio: p99 / floor },
    },
  ]
}

/** Whoever goes on in place of the one that was killed sends the same token again, and is answered alike. */
function killMeasures(races: Race[], seed: number): Measure[] {
  const name = `the same with kill -9 of the holder, ${races.length} times`
  const callers = (PROCESSES - 1) * CALLERS
  const failed = sumOf(races, (race) => countFailed(race) + callers - race.calls.length)
  return [
    measure(`${name}: most uses of one token`, Math.max(...races.map(({ uses }) => uses)), 2, seed),
    measure(
      `${name}: uses that were not answered alike`,
      sumOf(races, ({ refused }) => refused),
      0,
      seed,
    ),
    measure(`${name}: callers without the one new token`, failed, 0, seed),
  ]
}

const measure = (name: string, value: number, most: number, seed: number): Measure => ({
  ...{ id: 'P8', name, value, unit: '', floor: null, ratio: null, goal: `≤ ${most}`, met: value <= most, seed },
})

/** A use too many would have left callers with different tokens. */
function countFailed({ calls }: Race): number {
  const token = calls.find((call) => call.token !== null)?.token
  return calls.filter((call) => call.token === null || call.token !== token).length
}

const sumOf = (races: Race[], count: (race: Race) => number): number =>
  races.reduce((sum, race) => sum + count(race), 0)
