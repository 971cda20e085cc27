import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { listWrites } from '../prove/sync/count-writes.ts'
import { makeTrouble } from '../prove/sync/make-trouble.ts'
import { needlessWrites } from '../prove/sync/needless-writes.ts'
import { judge, liveThrough, openTown, problemList, type Town } from '../prove/sync/town.ts'
import { type Line, startLine } from '../support/line.ts'
import { createRandom } from '../support/random.ts'
import { quiet } from '../support/two-way.ts'

/** The short form of `npm run prove -- sync`: ten seeds side by side in one process, and nothing is killed. */
const FIRST_SEED = Number(process.env.SYNC_SEED ?? Date.now() % 1_000_000)
const SIZE = { people: 2, rounds: 2, editsPerRound: 4, losesWebhooks: true }
const TROUBLE = { faults: 6, duplicates: 4, slowMs: 50, limits: false }

let line: Line
let town: Town
let hurrying: NodeJS.Timeout

beforeAll(async () => {
  line = await startLine({ hooks: true })
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  const seeds = Array.from({ length: 10 }, (_, index) => FIRST_SEED + index)
  town = await openTown(line, seeds, SIZE)
  hurrying = setInterval(hurry, 200)
}, 60_000)

afterAll(() => {
  clearInterval(hurrying)
  return line?.close()
})

/** What is to be tried again later is tried again now: how long to wait is tested elsewhere. */
const hurry = (): Promise<unknown> =>
  line.database.system
    .sql('deliveries')
    .where({ state: 'received' })
    .whereNotNull('due_at')
    .update({ due_at: new Date() })

test('whatever happens on both sides, both come to what the edits and the policies say', async () => {
  onTestFailed(() => console.error(`The first seed was ${FIRST_SEED}.`))
  const random = createRandom(FIRST_SEED)
  line.highLevel.control.clearRequests()
  line.activeTrail.control.clearRequests()
  const trouble = (): void => void makeTrouble(line, random, TROUBLE)
  const known = await liveThrough(line, town, { random, trouble, pauseMs: 30, quietMs: 60_000 })
  expect(problemList(await judge(line, town))).toEqual([])
  expect(needlessWrites(line, town, known).sentences).toEqual([])

  const written = listWrites(line).length
  await quiet(line, null)
  expect(listWrites(line)).toHaveLength(written)
}, 120_000)
