import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { createRandom, type Random } from '../support/random.ts'
import { type Agency, agencyOf } from './agency.ts'
import { answerTo, statusOf } from './installed.ts'

/** An agency comes and goes with its locations, and we hear of it in any order, late and more than once. */

const HISTORIES = 60
/** More than clocks that agree may differ. */
const STEP_MS = 20_000

let line: Line
let agency: Agency

beforeAll(async () => {
  line = await startLine()
  agency = agencyOf(line, line.highLevel.control.companies()[0] as Company)
  line.highLevel.control.setRateLimit({ burst: 10_000 })
})

afterAll(() => line?.close())

const isInstalled = (locationId: string | null): boolean =>
  line.highLevel.control.installs().some((one) => one.companyId === agency.companyId && one.locationId === locationId)

/** What people may do at the platform now. */
function steps(random: Random): (() => Promise<void>)[] {
  const { control } = line.highLevel
  const { companyId } = agency
  const ids = agency.locationIds().slice(0, 3)
  const some = (of: string[]): string[] => of.filter(() => random.next() < 0.6)
  const install = async (): Promise<void> => {
    const all = random.next() < 0.5
    const redirect = control.installCompany(companyId, {
      ...(!all && { locationIds: some(ids) }),
      futureLocations: random.next() < 0.5,
    })
    const { status } = await fetch(redirect)
    expect(status).toBe(200)
  }
  if (!isInstalled(null)) return [install]
  const [here, missing] = [ids.filter(isInstalled), ids.filter((id) => !isInstalled(id))]
  const announce = random.pick(['with company', 'without company'] as const)
  const leave = random.pick(here.length > 0 ? here : ids)
  return [
    install,
    async () => control.uninstall({ companyId }),
    async () => control.uninstall({ locationId: leave }),
    async () => control.installLocations(companyId, missing, { announce }),
  ]
}

const heldWebhooks = (): string[] =>
  line.highLevel.control
    .deliveries()
    .filter(({ state }) => state === 'held')
    .map(({ webhookId }) => webhookId)

function shuffled<T>(random: Random, items: T[]): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** What the platform thinks of each of the agency's locations, in our words. */
const truth = (): Record<string, boolean> =>
  Object.fromEntries([null, ...agency.locationIds().slice(0, 3)].map((id) => [String(id), isInstalled(id)]))

async function belief(): Promise<Record<string, boolean>> {
  const entries = [null, ...agency.locationIds().slice(0, 3)].map(async (id) => {
    const status = await statusOf(line, id ? agency.tenantOf(id) : agency.tenantId)
    return [String(id), status === 'active' || status === 'unclaimed'] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

test(`after ${HISTORIES} histories, each told in an order of its own with repeats, we know what the platform knows`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  onTestFailed(() => console.error(`The histories came from the seed ${seed}.`))
  const random = createRandom(seed)
  const { control } = line.highLevel
  control.advance(60_000)
  const seen = { installed: 0, gone: 0 }
  for (let history = 0; history < HISTORIES; history++) {
    control.holdWebhooks()
    for (let count = random.between(1, 4); count > 0; count--) {
      await random.pick(steps(random))()
      control.advance(STEP_MS)
      for (const webhookId of heldWebhooks()) if (random.next() < 0.3) await control.resend(webhookId)
    }
    const late = heldWebhooks()
    const twice = control
      .deliveries()
      .slice(-20)
      .filter(() => random.next() < 0.2)
      .map(({ webhookId }) => webhookId)
    await Promise.all(shuffled(random, [...late, ...twice]).map((webhookId) => control.resend(webhookId)))
    await agency.quiet()
    expect(heldWebhooks()).toEqual([])
    const expected = truth()
    await eventually(belief, (seen) => JSON.stringify(seen) === JSON.stringify(expected)).catch(async () =>
      expect({ history, belief: await belief() }).toEqual({ history, belief: expected }),
    )
    for (const isThere of Object.values(expected)) seen[isThere ? 'installed' : 'gone']++
  }
  expect(Math.min(seen.installed, seen.gone)).toBeGreaterThan(HISTORIES / 2)
  for (const id of agency.locationIds().slice(0, 3).filter(isInstalled)) {
    expect(await answerTo(line, await line.worker.accessTokens.getAccessToken(agency.tenantOf(id)), id)).toBe(200)
  }
})
