import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { getLocationName } from '../../src/highlevel/locations.ts'
import { companyTenantId } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { apiOf } from './api-of.ts'
import {
  accountOf,
  actionsOf,
  answerTo,
  becomes,
  expire,
  generationOf,
  type Installed,
  installed,
  refreshesAt,
  statusOf,
} from './installed.ts'
import { lockTokens } from './row-lock.ts'

const LEASE_MS = 1000

let line: Line
let account: Installed

beforeAll(async () => {
  line = await startLine({ leaseMs: LEASE_MS })
})

afterEach(() => line.highLevel.control.clearFaults())
afterAll(() => line?.close())

/** Each test has a location of its own, with the staff of the agency's first one. */
function openLocation(company: number): number {
  const { control } = line.highLevel
  const companyId = String(control.companies()[company]?.id)
  const first = String(control.locations(companyId)[0]?.id)
  const opened = control.createLocation(companyId, 'Opened for a test')
  for (const { type, locationIds } of control.users(first)) if (type === 'account') locationIds.push(opened.id)
  return control.locations().findIndex(({ id }) => id === opened.id)
}

const newAccount = (): Promise<Installed> => installed(line, openLocation(0))

async function newExpiredAccount(): Promise<Installed> {
  account = await newAccount()
  await expire(line, account)
  line.highLevel.control.clearRequests()
  return account
}

const getToken = (rejected?: string): Promise<string> =>
  line.worker.accessTokens.getAccessToken(account.tenantId, rejected)

/** The moment has come that was planned for renewing it. */
const fallsDue = (changes: { expires_at?: Date } = {}): Promise<number> =>
  line.database.system
    .sql('installation_tokens')
    .where({ tenant_id: account.tenantId })
    .update({ renew_at: new Date(), ...changes })

const deliveriesOf = (state: string): Promise<unknown[]> =>
  line.database.system.sql('deliveries').where({ tenant_id: account.tenantId, state })

test('an answer that is lost on the way is asked for once more with the same token', async () => {
  await newExpiredAccount()
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'lost answer' })
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  const asked = refreshesAt(line)
  expect(asked).toHaveLength(2)
  expect(new Set(asked).size).toBe(1)
  expect((await actionsOf(line, account.tenantId)).filter((action) => action === 'tokens.refreshed')).toHaveLength(1)
})

test('an answer that cannot be read may hide a new pair as well', async () => {
  await newExpiredAccount()
  const garbled = { path: '/oauth/token', kind: 'answer after effect', status: 200, body: { hello: 'proxy' } } as const
  line.highLevel.control.failNext(garbled)
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  expect(new Set(refreshesAt(line)).size).toBe(1)
})

test('a database that is away while a new pair should be stored is waited for', async () => {
  await newExpiredAccount()
  const lock = await lockTokens(line.databaseUrl, account.tenantId)
  const token = getToken()
  const storing = await lock.isWaitedFor()
  await lock.query(`select pg_terminate_backend(${storing})`)
  await lock.release()
  expect(await answerTo(line, await token, account.locationId)).toBe(200)
  expect(refreshesAt(line)).toHaveLength(1)
})

test('a spent refresh token asks the owner to install again, is on record, and is not tried again', async () => {
  await newExpiredAccount()
  line.highLevel.control.revokeTokens({ locationId: account.locationId })
  await expect(getToken()).rejects.toMatchObject({ code: 'needs_reconnect' })
  expect(await statusOf(line, account.tenantId)).toBe('needs_reconnect')
  expect((await actionsOf(line, account.tenantId)).at(-1)).toBe('installation.needs_reconnect')
  for (let times = 0; times < 5; times++) await expect(getToken()).rejects.toMatchObject({ code: 'needs_reconnect' })
  await line.worker.accessTokens.recoverAbandoned()
  expect(refreshesAt(line)).toHaveLength(1)
})

test('an event that meets a spent token waits for the new installation and is then worked on', async () => {
  await newExpiredAccount()
  const owner = await openPage(line, account.adminId, account.locationId)
  const credentials = { token: line.activeTrail.token }
  expect((await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })).status).toBe(201)
  line.highLevel.control.revokeTokens({ locationId: account.locationId })
  const email = `waits-${account.locationId}@example.com`.toLowerCase()
  line.highLevel.control.createContact(account.locationId, { email, firstName: 'Waits' })
  await becomes(line, account.tenantId, 'needs_reconnect')
  await eventually(
    () => deliveriesOf('parked'),
    (parked) => parked.length > 0,
  )
  expect((await install(line, account.locationId)).status).toBe(200)
  await eventually(
    () => line.activeTrail.control.contacts().filter((contact) => contact.email === email),
    (found) => found.length === 1,
  )
  expect(await deliveriesOf('dead')).toEqual([])
})

test('an inactive location is suspended with its tokens, waits, and goes on when it is active again', async () => {
  await newExpiredAccount()
  const { control } = line.highLevel
  control.setLocationActive(account.locationId, false)
  const before = await generationOf(line, account.tenantId)
  await expect(getToken()).rejects.toMatchObject({ code: 'suspended' })
  expect(await statusOf(line, account.tenantId)).toBe('suspended')
  expect(await generationOf(line, account.tenantId)).toBe(before)
  control.createContact(account.locationId, { email: `asleep-${account.locationId}@example.com` })
  await eventually(
    () => deliveriesOf('parked'),
    (parked) => parked.length === 1,
  )
  control.setLocationActive(account.locationId, true)
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
  expect(await actionsOf(line, account.tenantId)).toEqual(
    expect.arrayContaining(['installation.suspended', 'installation.recovered']),
  )
  await eventually(
    () => deliveriesOf('parked'),
    (parked) => parked.length === 0,
  )
})

test('a token is renewed within the hour before it ends, and a young one is left alone', async () => {
  const young = await newAccount()
  await newExpiredAccount()
  const [before, ofYoung] = [await generationOf(line, account.tenantId), await generationOf(line, young.tenantId)]
  await fallsDue({ expires_at: new Date(Date.now() + 20 * 60_000) })
  await line.worker.accessTokens.renewUrgent()
  expect(await generationOf(line, account.tenantId)).toBe(Number(before) + 1)
  expect(await generationOf(line, young.tenantId)).toBe(ofYoung)
})

test('a suspended location comes back without anybody asking', async () => {
  await newExpiredAccount()
  line.highLevel.control.setLocationActive(account.locationId, false)
  await fallsDue()
  await becomes(line, account.tenantId, 'suspended')
  line.highLevel.control.setLocationActive(account.locationId, true)
  await line.worker.accessTokens.renewUrgent()
  expect(await statusOf(line, account.tenantId)).toBe('suspended') // tried again after about an hour
  await fallsDue()
  await becomes(line, account.tenantId, 'active')
  expect(await statusOf(line, account.tenantId)).toBe('active')
})

test('a grant that does not say how long it lasts is used, for a while', async () => {
  await newExpiredAccount()
  line.highLevel.control.setTokenLifetime(null)
  try {
    expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  } finally {
    line.highLevel.control.setTokenLifetime(86_399)
  }
  const row = await line.database.system.sql('installation_tokens').where({ tenant_id: account.tenantId }).first()
  const minutes = (row.expires_at.getTime() - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(5)
  expect(minutes).toBeLessThan(120)
})

/** A request of the product's own that HighLevel refuses once in this way; says how it ended. */
async function refusedOnce(status: number, message: string, times = 1): Promise<unknown> {
  const path = `/locations/${account.locationId}`
  line.highLevel.control.failNext({ path, kind: 'answer', status, body: { statusCode: status, message }, times })
  return getLocationName(apiOf(line, account.tenantId), account.locationId).then(
    () => 'answered',
    (error) => error.kind,
  )
}

test('a missing permission is no reason to refresh', async () => {
  account = await newAccount()
  line.highLevel.control.clearRequests()
  expect(await refusedOnce(401, 'The token is not authorized for this scope.')).toBe('scope_missing')
  expect(await refusedOnce(401, 'version header was not found.')).toBe('other')
  expect(await refusedOnce(403, 'The token does not have access to this location.')).toBe('other_tenant')
  expect(refreshesAt(line)).toHaveLength(0)
})

test('a rejected token is refreshed once for each request, and the request goes out again', async () => {
  account = await newAccount()
  line.highLevel.control.clearRequests()
  expect(await refusedOnce(401, 'Invalid JWT')).toBe('answered')
  expect(refreshesAt(line)).toHaveLength(1)
  expect(await refusedOnce(401, 'Invalid JWT', 2)).toBe('token_rejected')
  expect(refreshesAt(line)).toHaveLength(2)
})

test('many callers with the same rejected token cause one refresh', async () => {
  account = await newAccount()
  const rejected = await getToken()
  line.highLevel.control.clearRequests()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => getToken(rejected)))
  expect(new Set(tokens).size).toBe(1)
  expect(tokens[0]).not.toBe(rejected)
  expect(refreshesAt(line)).toHaveLength(1)
})

test('a refresh left behind is taken up although the stored token looks young', async () => {
  account = await newAccount()
  const before = Number(await generationOf(line, account.tenantId))
  // Someone renewed a rejected token, got the new pair, and died: the platform has moved on, we have not.
  await abandonLease()
  await line.worker.accessTokens.recoverAbandoned()
  expect(await generationOf(line, account.tenantId)).toBe(before + 1)
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
})

test('a lease left behind is looked into once, also where nothing can be done any more', async () => {
  account = await newAccount()
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  await abandonLease()
  await line.worker.accessTokens.recoverAbandoned()
  const row = await line.database.system.sql.raw(
    `select expires_at = '-infinity' as given_back from leases where tenant_id = '${account.tenantId}'`,
  )
  expect(row.rows).toEqual([{ given_back: true }])
})

test('while the platform is in trouble a refresh left behind is tried again once and then left alone', async () => {
  await newExpiredAccount()
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'answer', status: 503, times: 50 })
  await expect(getToken()).rejects.toMatchObject({ code: 'unavailable' })
  await eventually(
    () => refreshesAt(line).length,
    (count) => count >= 4,
  )
  for (let times = 0; times < 3; times++) {
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 100))
    await line.worker.accessTokens.recoverAbandoned()
  }
  expect(refreshesAt(line)).toHaveLength(4)
  line.highLevel.control.clearFaults()
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
})

const abandonLease = (): Promise<unknown> =>
  line.database.system.sql.raw(
    `insert into leases (tenant_id, name, holder, fence, expires_at)
     values ('${account.tenantId}', 'refresh tokens', gen_random_uuid(), 1, now() - interval '1 second')
     on conflict (tenant_id, name) do update set expires_at = excluded.expires_at`,
  )

test('a refresh begun before an uninstall stores nothing over the pair of the new installation', async () => {
  await newExpiredAccount()
  const { control } = line.highLevel
  control.failNext({ path: '/oauth/token', kind: 'slow', delayMs: 1500 })
  const slow = getToken()
  await eventually(
    () => refreshesAt(line).length,
    (count) => count === 1,
  )
  control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  expect((await install(line, account.locationId)).status).toBe(200)
  const token = await slow
  expect(await answerTo(line, token, account.locationId)).toBe(200)
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).not.toBe('needs_reconnect')
})

test('a location whose own pair is spent lives on by the token of its company', async () => {
  const { control } = line.highLevel
  const { appId } = line.config.highLevel
  account = accountOf(line, openLocation(1))
  const redirect = control.installCompany(account.companyId, { locationIds: [account.locationId] })
  expect((await fetch(redirect)).status).toBe(200)
  await becomes(line, account.tenantId, 'active')
  await expire(line, account)
  control.revokeTokens({ locationId: account.locationId })
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')

  // And when HighLevel does not like the company's token either, that is renewed first.
  await expire(line, account)
  control.revokeTokens({ locationId: account.locationId })
  control.failNext({
    path: '/oauth/locationToken',
    kind: 'answer',
    status: 401,
    body: { statusCode: 401, message: 'Invalid JWT' },
  })
  const before = Number(await generationOf(line, companyTenantId(appId, account.companyId)))
  expect(await answerTo(line, await getToken(), account.locationId)).toBe(200)
  expect(await generationOf(line, companyTenantId(appId, account.companyId))).toBe(before + 1)
})
