import { type Measure, measuring } from '../support/report.ts'
import type { Helper } from './helper-process.ts'
import { measureParts } from './measure-parts.ts'
import type { BenchOptions } from './options.ts'
import { quantilesOf } from './quantiles.ts'
import type { QuotaActions, QuotaResult, QuotaWork } from './quota-process.ts'
import type { QuotaCount, QuotaSettings } from './quota-server-process.ts'
import { openQuotaTown, type QuotaTown } from './quota-town.ts'

const JITTER_MS = 250
const MOST_IN_TEN_SECONDS = 100
const TENANTS = 50

/** P5 and P6: limits used up over real processes and a durable Postgres, counted where they are kept. */
export async function benchQuota(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openQuotaTown(started)
  return measureParts(options, {
    burst: () => measureBurst(town, options),
    waiting: () => measureWaiting(town, options),
    tenants: () => measureTenants(town, options),
    day: () => measureDay(town, options),
  })
}

type Share = Pick<QuotaWork, 'priority'> & Partial<QuotaWork>

/** Each share of the work is done by so many processes of its own, at the same time. */
async function run(
  town: QuotaTown,
  set: Partial<QuotaSettings>,
  { shares, tenants, seed }: { shares: (Share & { processes: number })[]; tenants: number; seed: number },
): Promise<{ results: QuotaResult[]; counts: QuotaCount[] }> {
  await town.server.ask('set', { kind: 'sliding', jitterMs: JITTER_MS, tellsDay: true, seed, ...set })
  const places = await town.newTenants(tenants)
  await town.server.ask('takeCounts', null)
  const crews = await Promise.all(
    shares.map(async (share) => ({ share, crew: await startCrew(town, share.processes) })),
  )
  const results = await Promise.all(
    crews.map(async ({ share: { processes: _, ...share }, crew }) => {
      const work: QuotaWork = { lanes: 8, everyMs: 0, forMs: 60_000, ...share, tenants: places }
      return sumOf(await Promise.all(crew.map((process) => process.ask('work', work))))
    }),
  )
  for (const { crew } of crews) await Promise.all(crew.map((process) => process.stop('SIGKILL')))
  return { results, counts: await town.server.ask('takeCounts', null) }
}

async function startCrew(town: QuotaTown, count: number): Promise<Helper<QuotaActions>[]> {
  const crew = town.startProcesses(count)
  await Promise.all(crew.map((process) => process.ask('warmUp', null)))
  return crew
}

const sumOf = (results: QuotaResult[]): QuotaResult => ({
  calls: results.reduce((sum, { calls }) => sum + calls, 0),
  stopped: results.reduce((sum, { stopped }) => sum + stopped, 0),
  waits: results.flatMap(({ waits }) => waits),
})

const shareOf = ({ accepted, forMs }: QuotaCount): number => accepted / ((MOST_IN_TEN_SECONDS * forMs) / 10_000)
const refusalsOf = (counts: QuotaCount[]): number => counts.reduce((sum, { refused }) => sum + refused, 0)

const enough = (share: number) => ({ value: 100 * share, unit: '%', goal: '≥ 95', met: share >= 0.95 })
const none = (count: number) => ({ value: count, unit: '', goal: '0', met: count === 0 })

async function measureBurst(town: QuotaTown, { minutes, seed }: BenchOptions): Promise<Measure[]> {
  const measure = measuring(seed)
  const measures: Measure[] = []
  for (const kind of ['fixed window', 'sliding'] as const) {
    for (const processes of [1, 4, 8]) {
      const shares = [{ priority: 'backfill' as const, processes, forMs: minutes * 60_000, lanes: 16 / processes }]
      const { counts } = await run(town, { kind }, { shares, tenants: 1, seed })
      const used = Math.min(...counts.map(shareOf))
      const name = `${kind}, ${processes} ${processes === 1 ? 'process' : 'processes'}`
      measures.push(
        measure({ id: 'P5', name: `${name}: share of the limit used`, ...enough(used) }),
        measure({ id: 'P5', name: `${name}: refused`, ...none(refusalsOf(counts)) }),
      )
    }
  }
  return measures
}

async function measureWaiting(town: QuotaTown, { minutes, seed }: BenchOptions): Promise<Measure[]> {
  const measure = measuring(seed)
  const forMs = minutes * 60_000
  const shares = [
    { priority: 'backfill' as const, processes: 4, forMs, lanes: 8 },
    { priority: 'live' as const, processes: 1, forMs, lanes: 2, everyMs: 1000 },
    { priority: 'interactive' as const, processes: 1, forMs, lanes: 1, everyMs: 1000 },
  ]
  const { results, counts } = await run(town, {}, { shares, tenants: 1, seed })
  const [, live, interactive] = results.map(({ waits }) => ({ ...quantilesOf(waits), max: Math.max(...waits) }))
  if (!live || !interactive) throw new Error('Nobody waited.')
  const used = Math.min(...counts.map(shareOf))
  const name = (what: string): string => `during a backfill of 4 processes: ${what}`
  return [
    measure({ id: 'P5', name: name('a person waits, p50'), value: interactive.p50 }),
    measure({
      id: 'P5',
      name: name('a person waits, p99'),
      value: interactive.p99,
      goal: '≤ 1,000',
      met: interactive.p99 <= 1000,
    }),
    measure({
      id: 'P5',
      name: name('a person waits, most'),
      value: interactive.max,
      goal: '≤ 1,000',
      met: interactive.max <= 1000,
    }),
    measure({ id: 'P12', name: name('an event waits, p50'), value: live.p50 }),
    measure({ id: 'P12', name: name('an event waits, p99'), value: live.p99, goal: '≤ 5,000', met: live.p99 <= 5000 }),
    measure({ id: 'P12', name: name('share of the limit used, all together'), ...enough(used) }),
    measure({ id: 'P5', name: name('refused'), ...none(refusalsOf(counts)) }),
  ]
}

async function measureTenants(town: QuotaTown, { minutes, seed }: BenchOptions): Promise<Measure[]> {
  const measure = measuring(seed)
  const shares = [{ priority: 'backfill' as const, processes: 4, forMs: minutes * 60_000, lanes: 2 }]
  const { counts } = await run(town, {}, { shares, tenants: TENANTS, seed })
  const used = counts.map(shareOf)
  const mean = used.reduce((sum, one) => sum + one, 0) / used.length
  const name = `${TENANTS} tenants at once, 4 processes`
  return [
    measure({ id: 'P5', name: `${name}: share used, mean`, ...enough(mean) }),
    measure({ id: 'P5', name: `${name}: share used, least`, value: 100 * Math.min(...used), unit: '%' }),
    measure({ id: 'P5', name: `${name}: refused`, ...none(refusalsOf(counts)) }),
  ]
}

const DAY = 500
const DAY_TAKES_MS = 90_000

/** The limit of the day is small, so that a minute is a day; events come while a backfill uses up its share. */
async function measureDay(town: QuotaTown, { seed }: BenchOptions): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const tellsDay of [true, false]) {
    const shares = [
      { priority: 'backfill' as const, processes: 2, forMs: DAY_TAKES_MS, lanes: 4 },
      { priority: 'live' as const, processes: 1, forMs: DAY_TAKES_MS, lanes: 1, everyMs: 2000 },
    ]
    const { results, counts } = await run(town, { daily: DAY, tellsDay }, { shares, tenants: 1, seed })
    measures.push(...judgeDay(results, counts, { name: tellsDay ? 'told what remains' : 'by our own count', seed }))
  }
  return measures
}

function judgeDay(
  [backfill, live]: QuotaResult[],
  counts: QuotaCount[],
  { name, seed }: { name: string; seed: number },
): Measure[] {
  if (!backfill || !live) throw new Error('Nobody called.')
  const measure = measuring(seed)
  const share = (100 * backfill.calls) / DAY
  const used = (100 * (backfill.calls + live.calls)) / DAY
  const refused = refusalsOf(counts)
  return [
    measure({
      ...{ id: 'P6', name: `a day, ${name}: share that a backfill had when it stopped`, value: share, unit: '%' },
      ...{ goal: '≤ 80', met: backfill.stopped > 0 && share <= 80 },
    }),
    measure({
      ...{ id: 'P6', name: `a day, ${name}: events that were stopped`, value: live.stopped, unit: '', goal: '0' },
      met: live.stopped === 0,
    }),
    measure({
      ...{ id: 'P6', name: `a day, ${name}: used in the end`, value: used, unit: '%', goal: '< 100', met: used < 100 },
    }),
    measure({ id: 'P6', name: `a day, ${name}: refused`, value: refused, unit: '', goal: '0', met: refused === 0 }),
  ]
}
