import { type Measure, measuring } from '../support/report.ts'
import type { Round } from './line-bench.ts'
import { medianOf, medianQuantiles, type Quantiles, sumOf } from './quantiles.ts'

/** Goals of P3, for a partner that takes 50 ms to answer; a slower rate has to keep them too. */
const CALLED_GOAL: Quantiles & { rate: number } = { p50: 25, p99: 120, rate: 200 }
/** Goal of P2, likewise. */
const ACK_GOAL = { p99: 50, rate: 500 }

/** Medians over the rounds. Each ratio is to the floors of the same rounds. */
export function lineMeasures(rounds: Round[], seed: number): Measure[] {
  const rates = [...new Set(rounds.map(({ rate }) => rate))]
  return rates.flatMap((rate) =>
    measuresAt(
      rate,
      rounds.filter((round) => round.rate === rate),
      seed,
    ),
  )
}

function measuresAt(rate: number, rounds: Round[], seed: number): Measure[] {
  const median = (pick: (round: Round) => Quantiles): Quantiles => medianQuantiles(rounds.map(pick))
  const floor = {
    receive: median(({ floors }) => floors.receive),
    commit: median(({ floors }) => floors.commit),
    read: median(({ floors }) => floors.read),
    write: median(({ floors }) => floors.write),
  }
  const measure = measuring(seed)
  const both = (id: string, name: string, is: Quantiles, least?: Quantiles, goal?: Partial<Quantiles>): Measure[] =>
    (['p50', 'p99'] as const).map((quantile) => {
      const most = goal?.[quantile]
      return measure({
        id,
        name: `${name}, ${rate}/s, ${quantile}`,
        value: is[quantile],
        floor: least?.[quantile] ?? null,
        ...(most && { goal: `≤ ${most}`, met: is[quantile] <= most }),
      })
    })
  const cpu = (process: 'web' | 'worker'): Measure =>
    measure({
      id: 'P4',
      name: `CPU of the ${process} for one webhook, ${rate}/s`,
      value: medianOf(rounds.map(({ prompt }) => prompt.cpu[process])),
    })

  const { receive, commit, read, write } = floor
  const ack = medianQuantiles(rounds.flatMap(({ prompt, slow }) => [prompt.ack, slow.ack]))
  const called = median(({ slow }) => slow.called)
  return [
    ...both('floor', 'signed POST, nothing stored', receive),
    ...both('floor', 'one commit', commit),
    ...both('floor', 'one HighLevel read', read),
    ...both('floor', 'one ActiveTrail write', write),
    ...both('P2', 'webhook → ack', ack, sumOf([receive, commit]), rate <= ACK_GOAL.rate ? ACK_GOAL : {}),
    ...both(
      'P3',
      'webhook → HighLevel read',
      median(({ prompt }) => prompt.read),
      sumOf([commit, read]),
    ),
    ...both(
      'P3',
      'webhook → ActiveTrail called',
      median(({ prompt }) => prompt.called),
      sumOf([commit, read]),
    ),
    ...both(
      'P3',
      'webhook → ActiveTrail answered',
      median(({ prompt }) => prompt.answered),
      sumOf([commit, read, write]),
    ),
    ...both(
      'P3',
      'webhook → ActiveTrail called, 50 ms partner',
      called,
      sumOf([commit, read]),
      rate <= CALLED_GOAL.rate ? CALLED_GOAL : {},
    ),
    cpu('web'),
    cpu('worker'),
  ]
}
