import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { type Line, startLine } from '../support/line.ts'
import { type Agency, agencyOf, onceEach, refusedForHaste } from './agency.ts'

const LOCATIONS = 500
/** A tenth of the real interval: what is proved of it takes a tenth of the time. Learned from the platform's answers. */
const INTERVAL_MS = 1000
/** A busy machine needs several times what an idle one does; how fast it is, the proof of installs says. */
const PATIENCE_MS = 90_000

let line: Line
let agency: Agency

beforeAll(async () => {
  line = await startLine()
  line.highLevel.control.setRateLimit({ burst: 100, intervalMs: INTERVAL_MS, kind: 'sliding' })
})

afterAll(() => line?.close())

/** An agency that has the app in none of its locations. */
beforeEach(async () => {
  const { control } = line.highLevel
  const company = control.companies().find(({ id }) => !control.installs().some((one) => one.companyId === id))
  agency = agencyOf(line, company as Company)
  await agency.install({ locationIds: [], futureLocations: true })
  await agency.quiet()
  control.clearRequests()
})

test('500 locations told of within a second: each is active, was asked for once, and nobody was asked to slow down', async () => {
  const ids = agency.openUntold(LOCATIONS)
  line.highLevel.control.installLocations(agency.companyId, ids)
  await agency.allBecome(ids, 'active', PATIENCE_MS)
  await agency.quiet()
  expect(agency.exchanges()).toEqual(onceEach(ids))
  expect(refusedForHaste(line)).toBe(0)
}, 120_000)

test('a hundred of 250 without their company’s name: the list is read for all that wait, not for each', async () => {
  const ids = agency.openUntold(250)
  const [named, unnamed] = [ids.slice(100), ids.slice(0, 100)]
  line.highLevel.control.installLocations(agency.companyId, named)
  line.highLevel.control.installLocations(agency.companyId, unnamed, { announce: 'without company' })
  await agency.allBecome(ids, 'active', PATIENCE_MS)
  await agency.quiet()
  expect(agency.exchanges()).toEqual(onceEach(ids))
  expect(refusedForHaste(line)).toBe(0)
  const pages = line.highLevel.control.requests({ path: '/oauth/installedLocations' }).length
  expect(pages).toBeLessThan(100)
}, 120_000)
