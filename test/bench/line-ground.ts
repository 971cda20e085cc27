import { Client } from 'pg'
import { checkLine } from './check-line.ts'
import { type Floors, measureFloors } from './floors.ts'
import { type LineRun, type RunOptions, runLine } from './line-run.ts'
import type { BenchOptions } from './options.ts'
import { createRandom } from './schedule.ts'
import { inviteStrangers, settleIn } from './settle-in.ts'
import { openTown, type Town } from './town.ts'

const STRANGERS = 20
const FLOOR_SHARE = 0.25

/** A town that has settled in, where events are run through the line. */
export type LineGround = {
  town: Town
  database: Client
  /** What the machine does at best at this rate. */
  floorsAt(rate: number): Promise<Floors>
  run(how: Pick<RunOptions, 'rate' | 'seconds' | 'partnerMs'>): Promise<LineRun>
  /** That nothing of all that was run got lost. */
  check(): Promise<void>
}

export async function openLineGround(
  { locations, seconds, seed }: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<LineGround> {
  const town = await openTown(started)
  const database = new Client({ connectionString: town.databaseUrl })
  await database.connect()
  started(() => database.end())
  await settleIn(town, locations)
  const random = createRandom(seed)
  const strangers = await inviteStrangers(town, STRANGERS)
  const known = new Set<string>()
  const sent: string[] = []
  return {
    town,
    database,
    floorsAt: (rate) => measureFloors(town, { rate, seconds: seconds * FLOOR_SHARE, random, strangers }),
    run: async (how) => {
      const result = await runLine(town, database, { ...how, random, known: [...known] })
      for (const { contactId, webhookId } of result.events) {
        known.add(contactId)
        sent.push(webhookId)
      }
      return result
    },
    check: () => checkLine(town, database, sent),
  }
}
