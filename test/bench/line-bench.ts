import type { Measure } from '../support/report.ts'
import type { Floors } from './floors.ts'
import { type LineGround, openLineGround } from './line-ground.ts'
import { lineMeasures } from './line-measures.ts'
import type { LineRun } from './line-run.ts'
import type { BenchOptions } from './options.ts'

/** One rate, one time: the floors, and the line with a partner that answers at once and one that takes its time. */
export type Round = { rate: number; floors: Floors; prompt: LineRun; slow: LineRun }

const PARTNER_MS = 50
const WARM_UP_SHARE = 0.75

/** Webhook in → ActiveTrail answered, over real processes and a durable Postgres. */
export async function benchLine(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const rounds = await runRounds(await openLineGround(options, started), options)
  return lineMeasures(rounds, options.seed)
}

async function runRounds({ database, floorsAt, run, check }: LineGround, options: BenchOptions): Promise<Round[]> {
  const { seconds } = options
  await run({ rate: Math.max(...options.rates) * WARM_UP_SHARE, seconds, partnerMs: 0 })
  await database.query('analyze') // what autovacuum does within a minute
  const rounds: Round[] = []
  for (let round = 0; round < options.runs; round++) {
    for (const rate of options.rates) {
      const floors = await floorsAt(rate)
      const prompt = await run({ rate, seconds, partnerMs: 0 })
      const slow = await run({ rate, seconds, partnerMs: PARTNER_MS })
      rounds.push({ rate, floors, prompt, slow })
    }
  }
  await check()
  return rounds
}
