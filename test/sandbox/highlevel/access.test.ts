import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, type Call, type RunningSandbox, startSandbox } from './start-sandbox.ts'

let sandbox: RunningSandbox
let locationId: string
let token: string

const tokenFrom = async (redirect: string): Promise<string> =>
  String((await sandbox.exchange(redirect)).body.access_token)

beforeAll(async () => {
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[4]?.id ?? ''
  token = await tokenFrom(sandbox.control.installLocation(locationId))
})
afterAll(() => sandbox.stop())

const read = (call: Call): Promise<Answer> => sandbox.call(`/locations/${locationId}/tags`, { token, ...call })
const strangersId = (): string => sandbox.control.locations()[0]?.id ?? ''

test.each([
  [null, 401, 'version header was not found.'],
  ['2019-01-01', 401, 'version header is invalid'],
  ['v3', 501, 'The sandbox does not simulate v3.'],
])('version %s is refused', async (version, status, message) => {
  expect(await read({ version })).toMatchObject({ status, body: { statusCode: status, message } })
})

test('the paths that v3 renamed are refused there, and the new names are unknown before', async () => {
  const old = await sandbox.call('/oauth/locationToken', { token, version: 'v3', form: {} })
  expect(old).toMatchObject({ status: 400, body: { message: expect.stringContaining('removed in version v3') } })
  const renamed = await sandbox.call('/oauth/location-token', { token, form: {} })
  expect(renamed).toMatchObject({ status: 404, body: { message: 'Cannot POST /oauth/location-token' } })
})

test('each way of not being allowed has its own words', async () => {
  expect((await read({ token: 'garbled' })).body).toMatchObject({ message: 'Invalid JWT', error: 'Unauthorized' })
  const bare = await fetch(`${sandbox.url}/locations/${locationId}/tags`, { headers: { version: '2021-07-28' } })
  expect(await bare.json()).toMatchObject({ message: 'Invalid token: access token is invalid' })

  const companyId = sandbox.control.locations()[0]?.companyId ?? ''
  const company = await tokenFrom(sandbox.control.installCompany(companyId))
  const asCompany = await sandbox.call(`/locations/${strangersId()}/tags`, { token: company })
  expect(asCompany).toMatchObject({ status: 401, body: { message: expect.stringContaining('This authClass type') } })

  const narrow = await tokenFrom(sandbox.control.installLocation(strangersId(), { scopes: ['contacts.readonly'] }))
  const unscoped = await sandbox.call(`/locations/${strangersId()}/tags`, { token: narrow })
  expect(unscoped).toMatchObject({ status: 401, body: { message: 'The token is not authorized for this scope.' } })
})

test('another tenant is out of reach, by location and by contact', async () => {
  const refused = { status: 403, body: { message: 'The token does not have access to this location.' } }
  expect(await sandbox.call(`/locations/${strangersId()}/tags`, { token })).toMatchObject(refused)
  const [contact] = sandbox.control.contacts(strangersId())
  expect(await sandbox.call(`/contacts/${contact?.id}`, { token })).toMatchObject(refused)
  const body = { locationId: strangersId(), email: 'intruder@access.example' }
  expect(await sandbox.call('/contacts/', { token, body })).toMatchObject(refused)
})

test('a hundred calls in ten seconds are answered, the next is not', async () => {
  sandbox.control.advance(10_000)
  const first = await read({})
  expect(Object.fromEntries(first.headers)).toMatchObject({
    'x-ratelimit-max': '100',
    'x-ratelimit-remaining': '99',
    'x-ratelimit-interval-milliseconds': '10000',
    'x-ratelimit-limit-daily': '200000',
  })
  await Promise.all(Array.from({ length: 99 }, () => read({})))
  const over = await read({})
  expect(over.status).toBe(429)
  expect(over.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(over.headers.get('retry-after')).toBeNull()
  sandbox.control.advance(10_000)
  expect((await read({})).status).toBe(200)
})

test('the day has a limit too', async () => {
  sandbox.control.advance(24 * 3_600_000)
  const fresh = await sandbox.exchange(sandbox.control.installLocation(locationId))
  token = String(fresh.body.access_token)
  sandbox.control.setRateLimit({ daily: 2 })
  expect((await read({})).headers.get('x-ratelimit-daily-remaining')).toBe('1')
  expect([(await read({})).status, (await read({})).status]).toEqual([200, 429])
  sandbox.control.setRateLimit({ daily: 200_000 })
})
