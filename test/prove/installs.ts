import { setTimeout as sleep } from 'node:timers/promises'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import type { Line } from '../support/line.ts'
import type { Measure } from '../support/report.ts'
import { type Agency, agencyOf, refusedForHaste } from '../tenants/agency.ts'
import { openGround } from './ground.ts'

export type InstallOptions = { locations: number; workers: number; say?: (progress: string) => void }

/** HighLevel's burst limit for an app and a company. */
const BURST = 100
const INTERVAL_MS = 10_000
/** How much longer than the limit allows we wait before we count what is missing. */
const PATIENCE = 3
/** The platform repeats what was not taken: on a busy machine that is some. */
const RETRY_DELAYS_MS = [100, 200, 500, 1000, 2000, 4000, 8000]

/**
 * An agency takes the app to hundreds of locations at one moment: each must get its tokens by one exchange, as fast as
 * the company's limit allows, and the platform must never have to ask us to slow down. Real processes, a real interval.
 */
export async function proveInstalls({ locations, workers, say = () => {} }: InstallOptions): Promise<Measure[]> {
  if (locations <= BURST) throw new Error(`The limit is not felt by ${BURST} locations or fewer. Take 500.`)
  const ground = await openGround({ seed: 1, say, line: { retryDelaysMs: RETRY_DELAYS_MS } })
  const { line } = ground
  line.highLevel.control.setRateLimit({ kind: 'sliding', burst: BURST })
  try {
    const [web] = await Promise.all([
      ground.start('server'),
      ...Array.from({ length: workers }, () => ground.start('worker')),
    ])
    line.highLevel.control.updateRegistration({ webhookUrl: `${web.url}/webhooks/highlevel` })
    const agency = agencyOf(line, line.highLevel.control.companies()[0] as Company)
    const found = await installEverywhere(line, agency, locations, say)
    const crashes = ground.crashes()
    for (const crash of crashes) say(`a process ended by itself:\n${crash}`)
    return measuresOf(locations, workers, found, crashes.length)
  } finally {
    await ground.close()
  }
}

type Found = {
  webhooksMs: number
  elapsedMs: number
  active: number
  mostExchanges: number
  refused: number
  most: number
}

/** Processes that have just been started are no match: their connections and their code are cold. */
const WARM_UP = 60

async function installEverywhere(
  line: Line,
  agency: Agency,
  count: number,
  say: (text: string) => void,
): Promise<Found> {
  const { control } = line.highLevel
  await agency.install({ locationIds: [], futureLocations: true })
  await agency.quiet()
  control.installLocations(agency.companyId, agency.openUntold(WARM_UP))
  await agency.quiet()
  const ids = agency.openUntold(count)
  await sleep(INTERVAL_MS * 1.1) // nothing of what came before counts any more
  control.clearRequests()
  say(`${count} webhooks`)
  const startedAt = performance.now()
  control.installLocations(agency.companyId, ids)
  const webhooksMs = control.webhooksSettled(60_000).then(() => performance.now() - startedAt)
  let active = 0
  // Looked at seldom: whoever looks takes from the same two cores.
  while (active < count && performance.now() - startedAt < allowedSeconds(count) * 1000 * PATIENCE) {
    await sleep(250)
    active = (await agency.statuses(ids)).active ?? 0
  }
  const elapsedMs = performance.now() - startedAt
  await agency.quiet()
  const exchanges = agency.exchanges()
  const times = control.requests({ path: '/oauth/' }).flatMap(({ path, at }) => (path === '/oauth/token' ? [] : [at]))
  return {
    webhooksMs: await webhooksMs,
    elapsedMs,
    active,
    mostExchanges: Math.max(...ids.map((id) => exchanges[id] ?? 0)),
    refused: refusedForHaste(line),
    most: mostInInterval(times.sort((a, b) => a - b)),
  }
}

function mostInInterval(times: number[]): number {
  let [most, first] = [0, 0]
  for (const [index, at] of times.entries()) {
    while (Number(times[first]) <= at - INTERVAL_MS) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** The last call cannot be made before so many intervals are over, whoever makes it. */
const allowedSeconds = (calls: number): number => ((Math.ceil(calls / BURST) - 1) * INTERVAL_MS) / 1000

function measuresOf(locations: number, workers: number, found: Found, crashes: number): Measure[] {
  const floor = allowedSeconds(locations)
  const elapsed = found.elapsedMs / 1000
  const base = { id: 'P5', unit: '', floor: null, ratio: null, goal: 'shown', met: true, seed: null }
  const mustBe = (name: string, value: number, goal: number): Measure => ({
    ...base,
    name,
    value,
    goal: String(goal),
    met: value === goal,
  })
  return [
    { ...base, name: 'worker processes', value: workers },
    { ...base, name: 'webhooks answered, all of them', value: found.webhooksMs / 1000, unit: 's' },
    {
      ...base,
      name: 'from the first webhook to the last location’s tokens',
      value: elapsed,
      unit: 's',
      floor,
      ratio: elapsed / floor,
      goal: '≤ 1.1',
      met: elapsed <= 1.1 * floor,
    },
    mustBe('locations active', found.active, locations),
    mustBe('exchanges of one location, the most', found.mostExchanges, 1),
    mustBe('answers 429', found.refused, 0),
    { ...base, name: 'calls in any 10 s, the most', value: found.most, goal: `≤ ${BURST}`, met: found.most <= BURST },
    mustBe('processes that ended by themselves', crashes, 0),
  ]
}
