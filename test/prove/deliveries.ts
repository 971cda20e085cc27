import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { migrate } from '../../src/migrate.ts'
import { startLine } from '../support/line.ts'
import { createRandom } from '../support/random.ts'
import type { Measure } from '../support/report.ts'
import { connectTenant } from '../webhooks/tenants.ts'
import { checkDeliveries, type Findings } from './check-deliveries.ts'
import { countWrites } from './count-writes.ts'
import { startFleet } from './fleet.ts'
import { carryOutKills, type KillReport, planKills } from './killers.ts'
import { watchLostWork } from './lost-work.ts'
import { createSender, type Sender } from './sender.ts'
import { startTraffic } from './traffic.ts'

export type ProofOptions = { kills: number; seed: number; say?: (progress: string) => void }

const TENANTS = 3

/**
 * Stored before answered: web, worker and Postgres are killed with SIGKILL again and again while deliveries come in, and
 * in the end everything that was acknowledged must have had its effect, once. Real processes, a database that syncs.
 */
export async function proveDeliveries({ kills, seed, say = () => {} }: ProofOptions): Promise<Measure[]> {
  const random = createRandom(seed)
  const postgres = await startEmbeddedServer()
  await migrate({ databaseUrl: postgres.url })
  const line = await startLine({ databaseUrl: postgres.url, work: false })
  line.highLevel.control.setRateLimit({ burst: 1e9, daily: 1e9 })
  const fleet = await startFleet({
    environment: line.environment,
    firstPort: Number(new URL(line.appUrl).port) + 100,
    webs: 2,
    workers: 2,
  })
  try {
    const tenants = []
    for (let index = 0; index < TENANTS; index++) tenants.push(await connectTenant(line, index))
    const sender = createSender(() => {
      const webs = fleet.webs()
      return webs.length > 0 ? random.pick(webs).url : undefined
    })
    const lostWork = watchLostWork(line)
    const writes = countWrites(line.activeTrail)
    const traffic = startTraffic({ line, tenants, sender, random })
    const killed = await carryOutKills({ plan: planKills(kills), fleet, postgres, sender, random, lostWork, say })
    await traffic.stop()
    say('everything is sent; waiting until it is worked on')
    const findings = await checkDeliveries(line, sender.acknowledged, traffic)
    const tookUpMs = await lostWork.stop()
    const repeatedWrites = [...writes.stop().values()].filter((count) => count > 1).length
    const crashes = fleet.crashes()
    for (const crash of crashes) say(`a process ended by itself:\n${crash}`)
    return [
      ...measureKills(killed, sender, traffic.repeats(), crashes.length),
      ...measureFindings(findings, repeatedWrites),
      ...measureAnswers(sender),
      ...measureRecovery(killed, tookUpMs),
    ].map((measure) => ({ floor: null, ratio: null, seed, ...measure }))
  } finally {
    await fleet.stop()
    await line.close()
    await postgres.stop()
  }
}

type Finding = Omit<Measure, 'floor' | 'ratio' | 'seed'>

const none = (id: string, name: string, value: number): Finding => ({
  id,
  name,
  value,
  unit: '',
  goal: '0',
  met: value === 0,
})

const shown = (id: string, name: string, value: number): Finding => ({
  id,
  name,
  value,
  unit: '',
  goal: 'shown',
  met: true,
})

const atMost = (id: string, name: string, values: number[], most: number): Finding => {
  const value = Math.max(0, ...values) / 1000
  return { id, name, value, unit: 's', goal: `≤ ${most}`, met: value <= most }
}

const measureKills = ({ kills }: KillReport, sender: Sender, repeats: number, crashes: number): Finding[] => [
  shown('R1', 'kill -9 of a web process, right after a 200', kills.server),
  shown('R1', 'kill -9 of a worker', kills.worker),
  shown('R1', 'kill -9 of Postgres', kills.postgres),
  shown('R1', 'deliveries acknowledged', sender.acknowledged.size),
  shown('R1', 'deliveries sent once more', repeats),
  none('R1', 'processes that ended by themselves', crashes),
]

const measureFindings = (found: Findings, repeatedWrites: number): Finding[] => [
  none('R1', 'acknowledged deliveries lost', found.lost),
  none('R1', 'acknowledged deliveries neither done, ignored nor dead with a reason', found.unfinished),
  none('R1', 'acknowledged deliveries dead', found.dead),
  none('R1', 'jobs left', found.jobsLeft),
  none('R1', 'contacts missing at the partner', found.missingAtPartner),
  none('R2', 'deliveries stored twice', found.storedTwice),
  none('R2', 'deliveries without exactly one finished run', found.withoutOneRun),
  none('R2', 'contacts twice at the partner', found.twiceAtPartner),
  shown('R2', 'contacts written more than once, a kill between write and record', repeatedWrites),
]

function measureAnswers(sender: Sender): Finding[] {
  const count = (matches: (status: number) => boolean): number =>
    [...sender.statuses].reduce((sum, [status, times]) => sum + (matches(status) ? times : 0), 0)
  return [
    shown(
      'R3',
      'answers 200',
      count((status) => status === 200),
    ),
    shown(
      'R3',
      'answers 429',
      count((status) => status === 429),
    ),
    shown(
      'R3',
      'no answer: the process was killed',
      count((status) => status === 0),
    ),
    none(
      'R3',
      'answers 5xx',
      count((status) => status >= 500),
    ),
    none(
      'R3',
      'other answers',
      count((status) => status !== 0 && status !== 200 && status !== 429 && status < 500),
    ),
    none('R3', 'answers 429 without Retry-After', sender.withoutRetryAfter()),
    atMost('R3', 'slowest 429', [sender.slowestMs.get(429) ?? 0], 2),
    atMost('R3', 'slowest 200', [sender.slowestMs.get(200) ?? 0], 2),
  ]
}

const measureRecovery = ({ postgresBackMs }: KillReport, tookUpMs: number[]): Finding[] => [
  atMost('R6', 'work of a killed worker taken up again, the longest', tookUpMs, 20),
  atMost('R6', 'deliveries stored again after Postgres is back, the longest', postgresBackMs, 2),
]
