import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Answer, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

const { appId } = registration
const PATH = `/marketplace/app/${appId}/installations`

let receiver: Receiver
let sandbox: RunningSandbox
let companyId: string
let first: string
let second: string

beforeEach(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
  companyId = sandbox.control.companies()[0]?.id ?? ''
  const [one, two] = sandbox.control.locations(companyId)
  first = one?.id ?? ''
  second = two?.id ?? ''
})
afterEach(async () => {
  await sandbox.stop()
  await receiver.stop()
})

type Pair = { access: string; refresh: string }
const pairFrom = ({ body }: Answer): Pair => ({
  access: String(body.access_token),
  refresh: String(body.refresh_token),
})
const companyPair = async (): Promise<Pair> =>
  pairFrom(await sandbox.exchange(sandbox.control.installCompany(companyId)))
const exchange = (token: string, locationId: string): Promise<Answer> =>
  sandbox.call('/oauth/locationToken', { token, form: { companyId, locationId } })
const leave = (token: string, place: object): Promise<Answer> =>
  sandbox.call(PATH, { method: 'DELETE', token, body: { ...place, reason: 'The owner disconnected.' } })
const read = async (token: string, locationId = first): Promise<unknown> => {
  const { status, body } = await sandbox.call(`/locations/${locationId}`, { token })
  return status === 200 ? status : body.message
}
const listed = async (token: string): Promise<unknown[]> => {
  const path = `/oauth/installedLocations?companyId=${companyId}&appId=${appId}&isInstalled=true`
  const { locations } = (await sandbox.call(path, { token })).body as { locations: { _id: string }[] }
  return locations.map(({ _id }) => _id)
}
const goneFrom = (): unknown[] => receiver.ofType('UNINSTALL').map(({ body }) => body.locationId ?? body.companyId)

test('a location that the company reaches leaves alone; the company and its other locations stay', async () => {
  const company = await companyPair()
  const place = pairFrom(await exchange(company.access, first))
  expect(await leave(place.access, { locationId: first })).toMatchObject({ status: 200, body: { success: true } })
  await sandbox.control.webhooksSettled()
  expect(goneFrom()).toEqual([first])
  expect(await read(place.access)).toBe('Invalid token: access token is invalid')
  expect((await sandbox.refresh(place.refresh)).body.message).toBe('Invalid grant: refresh token is invalid')
  expect((await exchange(company.access, first)).status).toBe(403)
  expect((await exchange(company.access, second)).status).toBe(201)
  expect(await listed(company.access)).not.toContain(first)
  expect(await listed(company.access)).toContain(second)
})

test("a company's token takes the app out of the agency and all of its locations, told once", async () => {
  const company = await companyPair()
  const place = pairFrom(await exchange(company.access, first))
  const own = pairFrom(await sandbox.exchange(sandbox.control.installLocation(second)))
  expect((await leave(company.access, { locationId: first })).status).toBe(422)
  expect((await leave(company.access, { companyId })).status).toBe(200)
  await sandbox.control.webhooksSettled()
  expect(goneFrom()).toEqual([companyId])
  expect(sandbox.control.installs()).toEqual([])
  for (const { refresh } of [company, place, own]) expect((await sandbox.refresh(refresh)).status).toBe(400)
  expect(await read(own.access, second)).toBe('Invalid token: access token is invalid')
})

test('access tokens can outlive an uninstall for a while, refresh tokens never', async () => {
  const { control } = sandbox
  control.setTokensOutliveUninstall(60_000)
  const pair = pairFrom(await sandbox.exchange(control.installLocation(first)))
  control.uninstall({ locationId: first })
  expect(await read(pair.access)).toBe(200)
  expect((await sandbox.refresh(pair.refresh)).body.message).toBe('Invalid grant: refresh token is invalid')
  control.advance(60_000)
  expect(await read(pair.access)).toBe('Invalid token: access token is invalid')
})

test('the list of installed locations can lag behind', async () => {
  const { control } = sandbox
  const company = await companyPair()
  control.advance(60_000)
  control.setInstalledListLag(30_000)
  control.uninstall({ locationId: first })
  expect(await listed(company.access)).toContain(first)
  control.advance(30_000)
  expect(await listed(company.access)).not.toContain(first)

  control.installLocations(companyId, [first])
  expect(await listed(company.access)).not.toContain(first)
  control.advance(10_000)
  control.updateApp({ locationId: first }, { versionId: '77f0a1b2c3d4e5f607182999' })
  control.advance(20_000)
  expect(await listed(company.access)).toContain(first)
  const path = `/oauth/installedLocations?companyId=${companyId}&appId=${appId}&locationId=${first}`
  const versionNow = async () => (await sandbox.call(path, { token: company.access })).body.locations
  expect(await versionNow()).toMatchObject([{ versionId: appId }])
  control.advance(10_000)
  expect(await versionNow()).toMatchObject([{ versionId: '77f0a1b2c3d4e5f607182999' }])
})

test("a location's tokens can be lost at the platform while the install stands", async () => {
  const { control } = sandbox
  const company = await companyPair()
  const place = pairFrom(await exchange(company.access, first))
  control.dropLocationTokens(first)
  expect(await read(place.access)).toBe('Invalid JWT')
  expect((await sandbox.refresh(place.refresh)).body.message).toBe('Invalid grant: refresh token is invalid')
  await control.webhooksSettled()
  expect(goneFrom()).toEqual([])
  expect(await listed(company.access)).toContain(first)
  expect(await read(pairFrom(await exchange(company.access, first)).access)).toBe(200)
})
