import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

let now: number
let sandbox: RunningSandbox
let locationId: string
let token: string

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1)
  sandbox = await startSandbox({ now: () => now })
  locationId = sandbox.control.locations()[0]?.id ?? ''
  token = await tokenFrom(sandbox.control.installLocation(locationId))
  sandbox.control.clearRequests()
})
afterEach(() => sandbox.stop())

const tokenFrom = async (redirect: string): Promise<string> =>
  String((await sandbox.exchange(redirect)).body.access_token)
const read = (): Promise<Answer> => sandbox.call(`/locations/${locationId}`, { token })

/** How many of so many requests are let through now. */
async function through(count: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, read))
  return answers.filter(({ status }) => status === 200).length
}
const left = async (): Promise<string | null> => (await read()).headers.get('x-ratelimit-remaining')

test('no ten seconds let more through than a hundred, wherever they begin', async () => {
  expect(await through(40)).toBe(40)
  now += 6_000
  expect(await through(70)).toBe(60)
  now += 3_999
  expect(await through(1)).toBe(0)
  now += 1
  expect(await through(41)).toBe(40)
  now += 6_000
  expect(await left()).toBe('59')
  expect(await through(70)).toBe(59)
})

test('a fixed window lets as many through at its end as at the next one', async () => {
  sandbox.control.setRateLimit({ kind: 'fixed window' })
  expect(await through(1)).toBe(1)
  now += 9_999
  expect(await through(110)).toBe(99)
  now += 1
  expect(await left()).toBe('99')
  expect(await through(110)).toBe(99)
})

test('what is refused takes nothing from what is left', async () => {
  sandbox.control.setRateLimit({ burst: 2, kind: 'sliding' })
  expect(await through(5)).toBe(2)
  now += 10_000
  expect(await through(5)).toBe(2)
})

test('each tenant has a limit of its own, and every endpoint with a token counts', async () => {
  const company = sandbox.control.companies()[0]?.id ?? ''
  const companyToken = await tokenFrom(sandbox.control.installCompany(company))
  sandbox.control.setRateLimit({ burst: 4 })
  const ask = async (path: string, call = {}): Promise<number> =>
    (await sandbox.call(path, { token: companyToken, ...call })).status
  const form = { companyId: company, locationId }
  const list = `/oauth/installedLocations?companyId=${company}&appId=${registration.appId}`
  expect(await ask('/oauth/locationToken', { form })).toBe(201)
  expect(await ask(list)).toBe(200)
  expect(await ask(`/marketplace/app/${registration.appId}/installations`)).toBe(200)
  expect(await ask(`/contacts/search`, { body: {} })).toBe(401)
  expect(await ask(list)).toBe(429)
  expect(await through(5)).toBe(4)
})

test('the refused requests can be looked up', async () => {
  sandbox.control.setRateLimit({ burst: 3 })
  await through(5)
  const refused = sandbox.control.requests({ status: 429 })
  expect(refused.map(({ path }) => path)).toEqual([`/locations/${locationId}`, `/locations/${locationId}`])
  expect(refused[0]?.answer).toMatchObject({ statusCode: 429, message: 'Too Many Requests' })
})

test('the token endpoint has no limit until it is given one', async () => {
  const { control } = sandbox
  const ask = async (): Promise<number> => (await sandbox.refresh('unknown')).status
  expect(new Set(await Promise.all(Array.from({ length: 150 }, ask)))).toEqual(new Set([400]))
  control.setTokenEndpointLimit({ perSecond: 2 })
  now += 1_000
  expect((await Promise.all([ask(), ask(), ask()])).toSorted()).toEqual([400, 400, 429])
  now += 1_000
  expect(await ask()).toBe(400)
  control.setTokenEndpointLimit(null)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([400, 400, 400])
})
