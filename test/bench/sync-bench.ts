import { Client } from 'pg'
import type { Measure } from '../support/report.ts'
import { checkLine } from './check-line.ts'
import { type Floors, measureFloors } from './floors.ts'
import { type LineRun, type RunOptions, runLine } from './line-run.ts'
import type { BenchOptions } from './options.ts'
import { createRandom } from './schedule.ts'
import { inviteStrangers, settleIn } from './settle-in.ts'
import { syncMeasures } from './sync-measures.ts'
import { measureStages, type StageCosts } from './sync-stages.ts'
import { openTown, type Town } from './town.ts'

export const PARTNER_MS = 50

export type SyncRounds = {
  /** With a partner that takes its time. */
  paced: { rate: number; floors: Floors; line: LineRun }[]
  /** With more than can be done at once, and the transactions that Postgres committed for each. */
  saturated: { line: LineRun; transactions: number }[]
  stages: StageCosts
}

const STRANGERS = 20
const FLOOR_SHARE = 0.25
/** Within the limit of a location, all of them at once. */
const EVENTS_OF_A_LOCATION = 10
const RUSH_SECONDS = 0.5

/** P3 and P4: what a change costs from the webhook to ActiveTrail. */
export async function benchSync(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openTown(started)
  const database = new Client({ connectionString: town.databaseUrl })
  await database.connect()
  started(() => database.end())
  await settleIn(town, options.locations)
  const rounds = await runRounds(town, database, options)
  return syncMeasures(rounds, options.seed)
}

async function runRounds(town: Town, database: Client, options: BenchOptions): Promise<SyncRounds> {
  const random = createRandom(options.seed)
  const strangers = await inviteStrangers(town, STRANGERS)
  const known = new Set<string>()
  const sent: string[] = []
  const run = async (how: Pick<RunOptions, 'rate' | 'seconds' | 'partnerMs'>): Promise<LineRun> => {
    const result = await runLine(town, database, { ...how, random, known: [...known] })
    for (const { contactId, webhookId } of result.events) {
      known.add(contactId)
      sent.push(webhookId)
    }
    return result
  }
  const { seconds } = options
  await run({ rate: Math.min(...options.rates), seconds, partnerMs: 0 })
  await database.query('analyze') // what autovacuum does within a minute
  const rounds: Pick<SyncRounds, 'paced' | 'saturated'> = { paced: [], saturated: [] }
  const rush = { rate: (options.locations * EVENTS_OF_A_LOCATION) / RUSH_SECONDS, seconds: RUSH_SECONDS, partnerMs: 0 }
  for (let round = 0; round < options.runs; round++) {
    for (const rate of options.rates) {
      const floors = await measureFloors(town, { rate, seconds: seconds * FLOOR_SHARE, random, strangers })
      rounds.paced.push({ rate, floors, line: await run({ rate, seconds, partnerMs: PARTNER_MS }) })
    }
    const before = await committed(database)
    const line = await run(rush)
    rounds.saturated.push({ line, transactions: ((await committed(database)) - before) / line.events.length })
  }
  await checkLine(town, database, sent)
  return { ...rounds, stages: await measureStages(town) }
}

/** Those of everything that goes on meanwhile are among them. */
async function committed(database: Client): Promise<number> {
  await database.query('select pg_stat_clear_snapshot()')
  const { rows } = await database.query('select xact_commit from pg_stat_database where datname = current_database()')
  return Number(rows[0].xact_commit)
}
