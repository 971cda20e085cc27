import { type Measure, measuring } from '../support/report.ts'
import { medianOf, medianQuantiles, type Quantiles, sumOf } from './quantiles.ts'
import { PARTNER_MS, type SyncRounds } from './sync-bench.ts'

/** P3: ActiveTrail is called, by the rate that has to keep it; a slower one has to as well. */
const CALLED_GOALS: ({ rate: number } & Quantiles)[] = [
  { rate: 200, p50: 25, p99: 120 },
  { rate: 1000, p50: 50, p99: 250 },
]
/** P4 */
const PER_SECOND_GOAL = 1300
/** P15, at saturation. */
const MOST_MB = 300

/** Medians over the rounds. */
export function syncMeasures({ paced, saturated, stages }: SyncRounds, seed: number): Measure[] {
  const measure = measuring(seed)
  const rates = [...new Set(paced.map(({ rate }) => rate))]
  const perSecond = medianOf(saturated.map(({ line }) => line.perSecond))
  const most = Math.max(...saturated.map(({ workerMb }) => workerMb))
  const ofRush = (pick: (round: SyncRounds['saturated'][number]) => number): number => medianOf(saturated.map(pick))
  const latencies = rates.flatMap((rate) => {
    const rounds = paced.filter((round) => round.rate === rate)
    const floor = medianQuantiles(rounds.map(({ floors }) => sumOf([floors.commit, floors.read])))
    const write = medianQuantiles(rounds.map(({ floors }) => floors.write))
    const goal = CALLED_GOALS.find((one) => rate <= one.rate)
    const called = medianQuantiles(rounds.map(({ line }) => line.called))
    const answered = medianQuantiles(rounds.map(({ line }) => line.answered))
    const untilAnswered = sumOf([floor, write, { p50: PARTNER_MS, p99: PARTNER_MS }])
    return (['p50', 'p99'] as const).flatMap((quantile) => [
      measure({
        ...{ id: 'P3', name: `webhook → ActiveTrail called, 50 ms partner, ${rate}/s, ${quantile}` },
        ...{ value: called[quantile], floor: floor[quantile] },
        ...(goal && { goal: `≤ ${goal[quantile]}`, met: called[quantile] <= goal[quantile] }),
      }),
      measure({
        ...{ id: 'P3', name: `webhook → ActiveTrail answered, 50 ms partner, ${rate}/s, ${quantile}` },
        ...{ value: answered[quantile], floor: untilAnswered[quantile] },
      }),
    ])
  })
  return [
    ...latencies,
    measure({
      ...{ id: 'P4', name: 'changes synced, as many as possible', value: perSecond, unit: '/s' },
      ...{ goal: `≥ ${PER_SECOND_GOAL.toLocaleString('en')}`, met: perSecond >= PER_SECOND_GOAL },
    }),
    measure({ id: 'P4', name: 'CPU of the web for one change (intake)', value: ofRush(({ line }) => line.cpu.web) }),
    measure({ id: 'P4', name: 'CPU of the worker for one change', value: ofRush(({ line }) => line.cpu.worker) }),
    measure({
      ...{ id: 'P4', name: 'transactions for one change, all processes', unit: '' },
      value: ofRush(({ transactions }) => transactions),
    }),
    measure({
      ...{ id: 'P15', name: 'memory of the worker at saturation', value: most, unit: 'MB' },
      ...{ goal: `≤ ${MOST_MB}`, met: most <= MOST_MB },
    }),
    ...Object.entries(stages).flatMap(([stage, { cpuMs, messages }]) => [
      measure({ id: 'P4', name: `stage ${stage}: CPU`, value: cpuMs }),
      measure({ id: 'P4', name: `stage ${stage}: messages to Postgres`, value: messages, unit: '' }),
    ]),
  ]
}
