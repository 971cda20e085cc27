import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { judge, liveThrough, needlessWrites, openTown, type Town } from '../prove/sync/town.ts'
import { type Line, startLine } from '../support/line.ts'
import { createRandom } from '../support/random.ts'

/** The short form of `npm run prove -- sync`: in one process, and nothing is killed. */
const FIRST_SEED = Number(process.env.SYNC_SEED ?? Date.now() % 1_000_000)
const SIZE = { people: 3, rounds: 2, editsPerRound: 8, losesWebhooks: true }

let line: Line
let town: Town

beforeAll(async () => {
  line = await startLine({ hooks: true })
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  const seeds = Array.from({ length: 10 }, (_, index) => FIRST_SEED + index)
  town = await openTown(line, seeds, SIZE)
}, 60_000)

afterAll(() => line?.close())

test('whatever happens on both sides, both come to what the edits and the policies say', async () => {
  onTestFailed(() => console.error(`The first seed was ${FIRST_SEED}.`))
  line.highLevel.control.clearRequests()
  line.activeTrail.control.clearRequests()
  const begun = performance.now()
  await liveThrough(line, town, { random: createRandom(FIRST_SEED), pauseMs: 30, quietMs: 60_000 })
  console.log('took', performance.now() - begun)
  const problems = (await judge(line, town)).flatMap(({ seed, problems }) =>
    Object.entries(problems).flatMap(([check, all]) => all.map((one) => `${seed} ${check}: ${one}`)),
  )
  expect(problems).toEqual([])
  expect(needlessWrites(line, town, 0)).toBe(0)
}, 120_000)
