import { type About, type Measure, measuring } from '../support/report.ts'
import { CONNECTIONS, type Open, type Round, type Saturated } from './intake-bench.ts'
import { medianOf } from './quantiles.ts'

/** Goals of P1: shares of the bare verifying endpoint, and of the durable reference. */
const OF_BARE = 0.45
const OF_REFERENCE = 0.9
/** Goals of P2, in milliseconds. */
const ACK: { rate: number; p99: number; p999?: number }[] = [
  { rate: 500, p99: 50 },
  { rate: 1000, p99: 120, p999: 300 },
]
/** P15, in megabytes. */
const QUIET_RSS = 160
const BUSY_RSS = 300
/** P16, in milliseconds. */
const LOOP_DELAY = 20
/** B12: what a flood of unsigned posts may add to the ack of signed ones. */
const FLOOD_SHARE = 1.2
const QUIET_RATE = 200

/** Medians over the rounds. */
export function intakeMeasures(rounds: Round[], { idle, seed }: { idle: number; seed: number }): Measure[] {
  const measure = measuring(seed)
  const atMost = (about: About, most?: number): Measure =>
    measure({ ...about, ...(most !== undefined && { goal: `≤ ${most}`, met: about.value <= most }) })
  const share = (name: string, value: number, floor: number, least: number): Measure =>
    measure({
      id: 'P1',
      name,
      value,
      unit: '/s',
      floor,
      goal: `≥ ${least} of the floor`,
      met: value >= least * floor,
    })

  const saturated = CONNECTIONS.flatMap((connections, index) => {
    const median = (pick: (one: Saturated) => number): number =>
      medianOf(rounds.map((round) => pick(round.saturated[index] as Saturated)))
    const [product, bare, reference] = [
      median((one) => one.product),
      median((one) => one.bare),
      median((one) => one.reference),
    ]
    const at = `${connections} connections`
    return [
      measure({ id: 'floor', name: `verified, nothing stored, ${at}`, value: bare, unit: '/s' }),
      measure({ id: 'floor', name: `row and job in a shared commit, ${at}`, value: reference, unit: '/s' }),
      share(`webhooks stored and queued, ${at}, beside verifying alone`, product, bare, OF_BARE),
      share(`webhooks stored and queued, ${at}, beside the shared commit`, product, reference, OF_REFERENCE),
      atMost({ id: 'P16', name: `event loop, ${at}, p99`, value: median((one) => one.loopDelay) }, LOOP_DELAY),
      atMost(
        { id: 'P15', name: `memory of the web process, ${at}`, unit: 'MB', value: median((one) => one.rss) },
        BUSY_RSS,
      ),
    ]
  })
  const rates = rounds[0]?.open.map(({ rate }) => rate) ?? []
  const open = rates.flatMap((rate, index) => {
    const median = (pick: (one: Open) => number): number =>
      medianOf(rounds.map((round) => pick(round.open[index] as Open)))
    const goal = ACK.find((one) => rate <= one.rate)
    const name = (quantile: string): string => `webhook → ack, ${rate}/s, ${quantile}`
    return [
      atMost({
        id: 'P2',
        name: name('p50'),
        value: median(({ ack }) => ack.p50),
        floor: median(({ bare }) => bare.p50),
      }),
      atMost(
        { id: 'P2', name: name('p99'), value: median(({ ack }) => ack.p99), floor: median(({ bare }) => bare.p99) },
        goal?.p99,
      ),
      atMost({ id: 'P2', name: name('p99.9'), value: median(({ ack }) => ack.p999) }, goal?.p999),
      atMost({ id: 'P2', name: `not answered 200, ${rate}/s`, unit: '', value: median(({ refused }) => refused) }, 0),
    ]
  })
  const median = (pick: (round: Round) => number): number => medianOf(rounds.map(pick))
  const beside = median(({ flooded }) => flooded.beside.p99)
  const alone = median(({ flooded }) => flooded.alone.p99)
  return [
    measure({
      id: 'floor',
      name: 'rows, one a statement, 10 connections',
      unit: '/s',
      value: median(({ rows }) => rows.single),
    }),
    measure({
      id: 'floor',
      name: 'rows, 50 a statement, 2 connections',
      unit: '/s',
      value: median(({ rows }) => rows.batched),
    }),
    ...saturated,
    ...open,
    measure({
      id: 'B12',
      name: 'unsigned posts answered 401',
      unit: '/s',
      value: median(({ flooded }) => flooded.floodRate),
    }),
    measure({
      id: 'B12',
      name: `ack of signed ones beside them, ${QUIET_RATE}/s, p99`,
      value: beside,
      floor: alone,
      goal: `≤ ${FLOOD_SHARE} of alone`,
      met: beside <= FLOOD_SHARE * alone,
    }),
    atMost({ id: 'P15', name: 'memory of the web process, idle', unit: 'MB', value: idle }, QUIET_RSS),
  ]
}
