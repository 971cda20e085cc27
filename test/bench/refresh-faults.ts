import { setTimeout as sleep } from 'node:timers/promises'
import type { Measure } from '../support/report.ts'
import type { BenchOptions } from './options.ts'
import { endAllTokens, endWorkers, startWorkers, untilRenewed } from './refresh-storm.ts'
import { countLost } from './refresh-tenants.ts'
import type { RefreshTown } from './refresh-town.ts'

const WORKERS = 4
/** Both come while the storm is at its height. */
const KILL_AT = 0.2
const STOP_AT = 0.4
/** What a worker that woke up still has in hand. */
const AFTER_WAKING_MS = 8000

/** D3 in a storm: of four workers one is killed midway, and one is stopped for a while and woken. */
export async function measureFaults(town: RefreshTown, options: BenchOptions): Promise<Measure[]> {
  const { tenants, latency, inFlight, stop, seed } = options
  await town.endpoint.ask('setLatency', { ms: latency })
  const workers = await startWorkers(town, { count: WORKERS, inFlight })
  const [victim, sleeper] = workers
  await town.endpoint.ask('takeCounts', null)
  await endAllTokens(town.database)
  const begun = performance.now()
  await untilRotated(town, tenants * KILL_AT)
  await victim?.stop('SIGKILL')
  await untilRotated(town, tenants * STOP_AT)
  sleeper?.signal('SIGSTOP')
  await sleep(stop * 1000)
  sleeper?.signal('SIGCONT')
  await untilRenewed(town.database)
  const seconds = (performance.now() - begun) / 1000
  await sleep(AFTER_WAKING_MS)
  await endWorkers(workers)
  const counts = await town.endpoint.ask('takeCounts', null)
  const lost = await countLost(town)
  const name = `storm, one of ${WORKERS} workers killed, one stopped for ${stop} s`
  const measure = { id: 'P9', unit: '', floor: null, ratio: null, goal: '0', seed }
  return [
    { ...measure, name: `${name}: uses not answered alike`, value: counts.refused, met: counts.refused === 0 },
    { ...measure, name: `${name}: installations lost`, value: lost, met: lost === 0 },
    { ...measure, name: `${name}: sent again in the grace`, value: counts.repeats, goal: 'for comparison', met: true },
    { ...measure, name: `${name}: all renewed after`, value: seconds, unit: 's', goal: 'for comparison', met: true },
  ]
}

async function untilRotated(town: RefreshTown, count: number): Promise<void> {
  while ((await town.endpoint.ask('rotations', null)) < count) await sleep(20)
}
