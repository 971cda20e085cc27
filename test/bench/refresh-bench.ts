import type { Measure } from '../support/report.ts'
import { simulateRenewals } from '../support/simulate-renewals.ts'
import { measureParts } from './measure-parts.ts'
import type { BenchOptions } from './options.ts'
import { measureFaults } from './refresh-faults.ts'
import { measureIngest } from './refresh-ingest.ts'
import { measureRaces } from './refresh-races.ts'
import { endWorkers, runStorm, startWorkers } from './refresh-storm.ts'
import { countLost, moveIn } from './refresh-tenants.ts'
import { FLOOR_SHOT, openRefreshTown, type RefreshTown } from './refresh-town.ts'
import { createRandom } from './schedule.ts'

/** P8, P9 and P10, over real processes and a durable Postgres. */
export async function benchRefresh(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openRefreshTown(started)
  await moveIn(town, options.tenants)
  return measureParts(options, {
    race: () => measureRaces(town, options),
    steady: async () => measureSteady(options),
    storm: () => measureStorm(town, options),
    ingest: () => measureIngest(town, options),
    faults: () => measureFaults(town, options),
  })
}

const WORKERS = 2
/** From here on the larger share is asked for. */
const LARGE = 100_000

async function measureStorm(town: RefreshTown, { tenants, latency, inFlight, seed }: BenchOptions): Promise<Measure[]> {
  await town.endpoint.ask('setLatency', { ms: latency })
  const floor =
    (await town.load.ask('hammer', { url: town.endpointUrl, shot: FLOOR_SHOT, count: tenants, inFlight })).totalMs /
    1000
  const workers = await startWorkers(town, { count: WORKERS, inFlight })
  await town.endpoint.ask('takeCounts', null)
  const before = await cpuOf(workers)
  const seconds = await runStorm(town)
  const cpu = (await cpuOf(workers)) - before
  await endWorkers(workers)
  const counts = await town.endpoint.ask('takeCounts', null)
  const lost = await countLost(town)
  const least = tenants >= LARGE ? 0.85 : 0.75
  const name = `storm, ${tenants.toLocaleString('en')} tenants, ${latency} ms, ${inFlight} in flight`
  const ratio = floor / seconds
  return [
    { id: 'P9', name, value: seconds, unit: 's', floor, ratio, goal: `ratio ≥ ${least}`, met: ratio >= least, seed },
    counted(`${name}: uses of a token beyond the first`, counts.repeats + counts.refused, seed),
    counted(`${name}: stored pairs that are not the newest`, lost, seed),
    {
      ...counted(`${name}: CPU of the workers for one`, cpu / tenants, seed),
      unit: 'ms',
      goal: 'for comparison',
      met: true,
    },
  ]
}

const cpuOf = async (workers: Awaited<ReturnType<typeof startWorkers>>): Promise<number> =>
  (await Promise.all(workers.map((worker) => worker.ask('cpu', null)))).reduce((sum, ms) => sum + ms, 0)

const counted = (name: string, value: number, seed: number): Measure => ({
  ...{ id: 'P9', name, value, unit: '', floor: null, ratio: null, goal: '0', met: value === 0, seed },
})

const DAYS = 4

function measureSteady({ tenants, seed }: BenchOptions): Measure[] {
  const minutes = simulateRenewals({ population: tenants, days: DAYS, chance: createRandom(seed) })
  const mean = minutes.reduce((sum, count) => sum + count, 0) / minutes.length
  const worst = Math.max(...minutes)
  const ratio = worst / mean
  const name = `${DAYS} days after a storm, worst minute (floor: the mean)`
  return [{ id: 'P9', name, value: worst, unit: '/min', floor: mean, ratio, goal: 'ratio ≤ 2', met: ratio <= 2, seed }]
}
