import { Client } from 'pg'
import type { Measure } from '../support/report.ts'
import { checkLine } from './check-line.ts'
import { type Floors, measureFloors } from './floors.ts'
import { lineMeasures } from './line-measures.ts'
import { type LineRun, type RunOptions, runLine } from './line-run.ts'
import type { BenchOptions } from './options.ts'
import { createRandom } from './schedule.ts'
import { inviteStrangers, settleIn } from './settle-in.ts'
import { openTown, type Town } from './town.ts'

/** One rate, one time: the floors, and the line with a partner that answers at once and one that takes its time. */
export type Round = { rate: number; floors: Floors; prompt: LineRun; slow: LineRun }

const STRANGERS = 20
const PARTNER_MS = 50
const WARM_UP_SHARE = 0.75
const FLOOR_SHARE = 0.25

/** Webhook in → ActiveTrail answered, over real processes and a durable Postgres. */
export async function benchLine(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openTown(started)
  const database = new Client({ connectionString: town.databaseUrl })
  await database.connect()
  started(() => database.end())
  await settleIn(town, options.locations)
  const rounds = await runRounds(town, database, options)
  return lineMeasures(rounds, options.seed)
}

async function runRounds(town: Town, database: Client, options: BenchOptions): Promise<Round[]> {
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
  await run({ rate: Math.max(...options.rates) * WARM_UP_SHARE, seconds: options.seconds, partnerMs: 0 })
  await database.query('analyze') // what autovacuum does within a minute
  const rounds: Round[] = []
  const { seconds } = options
  for (let round = 0; round < options.runs; round++) {
    for (const rate of options.rates) {
      const floors = await measureFloors(town, { rate, seconds: seconds * FLOOR_SHARE, random, strangers })
      const prompt = await run({ rate, seconds, partnerMs: 0 })
      const slow = await run({ rate, seconds, partnerMs: PARTNER_MS })
      rounds.push({ rate, floors, prompt, slow })
    }
  }
  await checkLine(town, database, sent)
  return rounds
}
