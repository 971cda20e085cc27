import type { Client } from 'pg'
import type { Measure } from '../support/report.ts'
import type { Floors } from './floors.ts'
import { type LineGround, openLineGround } from './line-ground.ts'
import type { LineRun } from './line-run.ts'
import type { BenchOptions } from './options.ts'
import { syncMeasures } from './sync-measures.ts'
import { measureStages, type StageCosts } from './sync-stages.ts'

export const PARTNER_MS = 50

export type SyncRounds = {
  /** With a partner that takes its time. */
  paced: { rate: number; floors: Floors; line: LineRun }[]
  /** With more than can be done at once: the transactions that Postgres committed for each, and the worker's megabytes then. */
  saturated: { line: LineRun; transactions: number; workerMb: number }[]
  stages: StageCosts
}

/** Within the limit of a location, all of them at once. */
const EVENTS_OF_A_LOCATION = 10
const RUSH_SECONDS = 0.5

/** P3, P4 and the worker's share of P15: what a change costs from the webhook to ActiveTrail. */
export async function benchSync(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const rounds = await runRounds(await openLineGround(options, started), options)
  return syncMeasures(rounds, options.seed)
}

async function runRounds(ground: LineGround, options: BenchOptions): Promise<SyncRounds> {
  const { town, database, floorsAt, run, check } = ground
  const { seconds } = options
  await run({ rate: Math.min(...options.rates), seconds, partnerMs: 0 })
  await database.query('analyze') // what autovacuum does within a minute
  const rounds: Pick<SyncRounds, 'paced' | 'saturated'> = { paced: [], saturated: [] }
  const rush = { rate: (options.locations * EVENTS_OF_A_LOCATION) / RUSH_SECONDS, seconds: RUSH_SECONDS, partnerMs: 0 }
  for (let round = 0; round < options.runs; round++) {
    for (const rate of options.rates) {
      const floors = await floorsAt(rate)
      rounds.paced.push({ rate, floors, line: await run({ rate, seconds, partnerMs: PARTNER_MS }) })
    }
    const before = await committed(database)
    const line = await run(rush)
    const transactions = ((await committed(database)) - before) / line.events.length
    rounds.saturated.push({ line, transactions, workerMb: await town.worker.ask('rss', null) })
  }
  await check()
  return { ...rounds, stages: await measureStages(town) }
}

/** Those of everything that goes on meanwhile are among them. */
async function committed(database: Client): Promise<number> {
  await database.query('select pg_stat_clear_snapshot()')
  const { rows } = await database.query('select xact_commit from pg_stat_database where datname = current_database()')
  return Number(rows[0].xact_commit)
}
