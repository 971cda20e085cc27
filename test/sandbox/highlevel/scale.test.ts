import { afterAll, beforeAll, expect, test } from 'vitest'
import { findByAccessToken, listTokens, mintToken, rotateToken } from '../../../src/sandbox/highlevel/tokens.ts'
import { createWorld } from '../../../src/sandbox/highlevel/world.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

/** An agency of a size that agencies have. */
const BRANCHES = 1_000

let receiver: Receiver
let sandbox: RunningSandbox
let companyId: string
let companyToken: string
let branches: string[]

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
  sandbox.control.setRateLimit({ burst: 1_000_000 })
  companyId = sandbox.control.companies()[0]?.id ?? ''
  const redirect = sandbox.control.installCompany(companyId, { locationIds: [] })
  companyToken = String((await sandbox.exchange(redirect)).body.access_token)
  await sandbox.control.webhooksSettled()
  branches = sandbox.control.createLocations(companyId, BRANCHES).map(({ id }) => id)
})
afterAll(async () => {
  await sandbox.stop()
  await receiver.stop()
})

const listed = async (query: string): Promise<{ _id: string; isInstalled: boolean }[]> => {
  const path = `/oauth/installedLocations?companyId=${companyId}&appId=${registration.appId}&${query}`
  return (await sandbox.call(path, { token: companyToken })).body.locations as { _id: string; isInstalled: boolean }[]
}

test('new locations are only told of where the agency ticked those to come', async () => {
  const other = await startSandbox({ webhookUrl: receiver.url })
  const company = other.control.companies()[1]?.id ?? ''
  other.control.createLocations(company, 3)
  other.control.installCompany(company, { locationIds: [], futureLocations: true })
  await other.control.webhooksSettled()
  expect(other.control.deliveries()).toHaveLength(1)
  const opened = other.control.createLocations(company, 3)
  expect(new Set(opened.map(({ name }) => name)).size).toBe(3)
  await other.control.webhooksSettled()
  expect(
    other.control
      .deliveries()
      .slice(1)
      .map(({ locationId }) => locationId),
  ).toEqual(opened.map(({ id }) => id))
  await other.stop()
})

test('an agency takes the app to a thousand locations, and each of them is told of once', async () => {
  receiver.received.length = 0
  sandbox.control.installLocations(companyId, branches)
  await sandbox.control.webhooksSettled(30_000)
  expect(
    receiver
      .ofType('INSTALL')
      .map(({ body }) => body.locationId)
      .toSorted(),
  ).toEqual(branches.toSorted())
  const [first] = receiver.received
  expect(first?.body).toMatchObject({ installType: 'Location', companyId, userId: expect.any(String) })
  expect(await listed('isInstalled=true&skip=990&limit=20')).toHaveLength(10)

  const [branch = ''] = branches.slice(-1)
  const form = { companyId, locationId: branch }
  const minted = await sandbox.call('/oauth/locationToken', { token: companyToken, form })
  const read = await sandbox.call(`/locations/${branch}`, { token: String(minted.body.access_token) })
  expect(read.body.location).toMatchObject({ id: branch })
})

test('the installations can be told without the company they belong to', async () => {
  receiver.received.length = 0
  const few = branches.slice(0, 3)
  sandbox.control.installLocations(companyId, few, { announce: 'without company' })
  await sandbox.control.webhooksSettled()
  expect(receiver.received).toHaveLength(3)
  for (const { body } of receiver.received) {
    expect(body).toMatchObject({ type: 'INSTALL', installType: 'Location', locationId: expect.any(String) })
    expect(body).not.toHaveProperty('companyId')
    expect(body).not.toHaveProperty('userId')
  }
})

test('more locations need the agency to have the app, and to be its own', () => {
  const [ours, theirs] = sandbox.control.companies()
  const [stranger] = sandbox.control.locations(theirs?.id)
  const place = stranger?.id ?? ''
  expect(() => sandbox.control.installLocations(theirs?.id ?? '', [place])).toThrow('is not installed for company')
  expect(() => sandbox.control.installLocations(ours?.id ?? '', [place])).toThrow('is not of company')
  expect(sandbox.control.installs().some(({ locationId }) => locationId === place)).toBe(false)
})

test('many deliveries are under way at the same time', async () => {
  const silent = await startReceiver()
  const waiting = await startSandbox({ webhookUrl: silent.url })
  const few = waiting.control.createLocations(companyId, 200).map(({ id }) => id)
  waiting.control.installCompany(companyId, { locationIds: [] })
  await waiting.control.webhooksSettled()
  silent.answerWith(...few.map(() => 'silence' as const))
  waiting.control.installLocations(companyId, few)
  await expect.poll(() => silent.received.length, { timeout: 10_000 }).toBe(201)
  await waiting.stop()
  await silent.stop()
})

test('twenty thousand tokens are known, and those that can never be used again are forgotten', () => {
  const HOUR_MS = 3_600_000
  let now = Date.now()
  const world = createWorld({ registration, now: () => now })
  const grant = {
    clientId: registration.clientId,
    userType: 'Location',
    companyId,
    userId: 'u',
    isBulkInstallation: false,
    isExchanged: false,
  } as const
  const pairs = Array.from({ length: 20_000 }, (_, index) =>
    mintToken(world, { ...grant, scopes: ['contacts.readonly'], locationId: `place${index}` }),
  )
  expect(pairs.every((pair) => findByAccessToken(world, pair.accessToken) === pair)).toBe(true)
  expect(listTokens(world, { locationId: 'place777' })).toEqual([pairs[777]])

  let pair = pairs[0]
  for (let hour = 0; hour < 24 * 365; hour += 1) {
    now += HOUR_MS
    pair = rotateToken(world, pair?.refreshToken ?? '')
  }
  expect(findByAccessToken(world, pair?.accessToken ?? '')).toBe(pair)
  expect(world.tokens.size()).toBeLessThan(20_000 + 1_100)
  expect(listTokens(world, { locationId: 'place777' })).toEqual([pairs[777]])
})

test('the log keeps the latest thousands of deliveries, and whatever is still to be sent', async () => {
  const { control } = await startSandbox({ webhookUrl: receiver.url })
  control.holdWebhooks()
  const held = control.sendWebhook({ type: 'ContactCreate', webhookId: 'held' })
  const count = 7_000
  control.dropNextWebhooks(count)
  for (let number = 1; number <= count; number += 1) control.sendWebhook({ webhookId: `lost ${number}` })
  const log = control.deliveries()
  expect(log[0]).toBe(held)
  expect(log.at(-1)?.webhookId).toBe(`lost ${count}`)
  expect(log.length).toBeGreaterThan(4_999)
  expect(log.length).toBeLessThan(6_001)
})
