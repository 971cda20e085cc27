import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { companyTenantId, locationTenantId } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, openPage } from '../support/people.ts'
import { actionsOf, answerTo, becomes, statusOf } from './installed.ts'

let line: Line
let agency: Company
let company: string

beforeAll(async () => {
  line = await startLine()
  agency = line.highLevel.control.companies()[0] as Company
  company = companyTenantId(line.config.highLevel.appId, agency.id)
})

/** Every test begins with an agency that has the app nowhere. */
beforeEach(async () => {
  const { control } = line.highLevel
  control.clearFaults()
  for (const target of [{ companyId: agency.id }, ...locationIds().map((locationId) => ({ locationId }))]) {
    control.uninstall(target)
  }
  await quiet()
  for (const tenantId of [company, ...locationIds().map(tenantOf)]) {
    await eventually(
      () => statusOf(line, tenantId),
      (status) => status === undefined || status === 'uninstalled',
    )
  }
  control.clearRequests()
})

afterEach(async () => {
  line.highLevel.control.releaseWebhooks()
  await quiet()
})

afterAll(() => line?.close())

const locationIds = (): string[] => line.highLevel.control.locations(agency.id).map(({ id }) => id)
const tenantOf = (locationId: string): string => locationTenantId(line.config.highLevel.appId, locationId)

/** No webhook is on its way and no delivery waits for the worker. */
async function quiet(): Promise<void> {
  await line.highLevel.control.webhooksSettled()
  await eventually(
    () => line.database.system.sql('deliveries').where({ state: 'received' }),
    (rows) => rows.length === 0,
  )
}

const installCompany = async (options: { locationIds?: string[]; futureLocations?: boolean } = {}): Promise<void> => {
  expect((await fetch(line.highLevel.control.installCompany(agency.id, options))).status).toBe(200)
}

/** How often each location's token was asked for. */
function exchanges(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { body } of line.highLevel.control.requests({ path: '/oauth/locationToken' })) {
    const { locationId } = body as { locationId: string }
    counts[locationId] = (counts[locationId] ?? 0) + 1
  }
  return counts
}

const onceEach = (ids: string[]): Record<string, number> => Object.fromEntries(ids.map((id) => [id, 1]))

const allBecome = (ids: string[], status: string): Promise<unknown> =>
  Promise.all(ids.map((id) => becomes(line, tenantOf(id), status)))

/** A webhook of the platform's, signed, sent at this time. */
const tell = (type: 'INSTALL' | 'UNINSTALL', fields: object, sentAt: number): void => {
  const { appId } = line.config.highLevel
  const webhookId = crypto.randomUUID()
  const timestamp = new Date(sentAt).toISOString()
  line.highLevel.control.sendWebhook({ type, appId, versionId: appId, webhookId, timestamp, ...fields })
}

test('a company’s installation brings every location it chose, each exchanged once', async () => {
  const chosen = locationIds().slice(0, 2)
  await installCompany({ locationIds: chosen })
  await allBecome(chosen, 'active')
  await quiet()
  expect(exchanges()).toEqual(onceEach(chosen))
  for (const id of chosen) {
    const token = await line.worker.accessTokens.getAccessToken(tenantOf(id))
    expect(await answerTo(line, token, id)).toBe(200)
  }
  expect(await statusOf(line, tenantOf(String(locationIds()[2])))).not.toBe('active')
})

test('the news of the locations may come before the company’s code is exchanged', async () => {
  const redirect = line.highLevel.control.installCompany(agency.id)
  await quiet()
  await allBecome(locationIds(), 'pending')
  expect(exchanges()).toEqual({})
  expect((await fetch(redirect)).status).toBe(200)
  await allBecome(locationIds(), 'active')
  await quiet()
  expect(exchanges()).toEqual(onceEach(locationIds()))
})

test.each(['in order', 'reversed'] as const)('or after it, %s, and twice', async (order) => {
  const { control } = line.highLevel
  control.holdWebhooks()
  const redirect = control.installCompany(agency.id)
  expect((await fetch(redirect)).status).toBe(200)
  await allBecome(locationIds(), 'active')
  control.duplicateNextWebhooks(10)
  control.releaseWebhooks(order)
  await quiet()
  control.duplicateNextWebhooks(0)
  await allBecome(locationIds(), 'active')
  expect(exchanges()).toEqual(onceEach(locationIds()))
})

test('whoever opens the page before the tokens are there is told to wait a moment', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  control.installCompany(agency.id, { locationIds: [locationId] }) // nobody follows the redirect yet
  await becomes(line, tenantOf(locationId), 'pending')
  const [owner] = control.users(locationId)
  await expect(openPage(line, String(owner?.id), locationId)).rejects.toThrow('being set up')
})

test('or while it is exchanged', async () => {
  const { control } = line.highLevel
  control.failNext({ path: '/oauth/token', kind: 'slow', delayMs: 300 })
  await installCompany()
  await allBecome(locationIds(), 'active')
  await quiet()
  expect(exchanges()).toEqual(onceEach(locationIds()))
})

test('a location opened later gets its token when it is told of, without the company’s name', async () => {
  await installCompany({ locationIds: [], futureLocations: true })
  await becomes(line, company, 'unclaimed')
  const opened = line.highLevel.control.createLocation(agency.id, 'Opened later')
  await becomes(line, tenantOf(opened.id), 'active')
  const token = await line.worker.accessTokens.getAccessToken(tenantOf(opened.id))
  expect(await answerTo(line, token, opened.id)).toBe(200)
})

test('what happened at a location before its token came is worked on afterwards', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  const redirect = control.installCompany(agency.id, { locationIds: [locationId] })
  await becomes(line, tenantOf(locationId), 'pending')
  control.createContact(locationId, { email: `early-${Date.now()}@example.com` })
  const parked = () =>
    line.database.system
      .sql('deliveries')
      .where({ tenant_id: tenantOf(locationId), state: 'parked', reason: 'pending' })
  await eventually(parked, (rows) => rows.length === 1)
  expect((await fetch(redirect)).status).toBe(200)
  await eventually(parked, (rows) => rows.length === 0)
})

test('a location that leaves loses its tokens and partner credentials, and later events are ignored', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  const tenant_id = tenantOf(locationId)
  await fetch(control.installLocation(locationId))
  const staff = control.users(locationId).filter(({ type }) => type === 'account')
  const owner = await openPage(line, String(staff.find(({ role }) => role === 'admin')?.id), locationId)
  const credentials = { token: line.activeTrail.token }
  expect((await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })).status).toBe(201)
  control.uninstall({ locationId })
  await becomes(line, tenant_id, 'uninstalled')
  const { sql } = line.database.system
  expect(await sql('installation_tokens').where({ tenant_id })).toEqual([])
  const connections = await sql('connections').where({ tenant_id })
  expect(connections.map(({ credentials, status }) => [credentials, status])).toContainEqual([
    null,
    'credentials_needed',
  ])
  expect(connections.every(({ credentials }) => credentials === null)).toBe(true)
  expect((await actionsOf(line, tenant_id)).slice(-2)).toEqual([
    'installation.uninstalled',
    'connection.credentials_erased',
  ])
  expect((await owner.get('/settings/home')).status).toBe(403)
  await expect(line.worker.accessTokens.getAccessToken(tenant_id)).rejects.toMatchObject({ code: 'not_installed' })
  control.sendWebhook({
    type: 'ContactCreate',
    appId: line.config.highLevel.appId,
    locationId,
    id: 'someone',
    webhookId: crypto.randomUUID(),
    timestamp: new Date().toISOString(),
  })
  await eventually(
    () => sql('deliveries').where({ tenant_id, state: 'ignored', reason: 'not_installed' }),
    (rows) => rows.length === 1,
  )
})

test('a company that leaves takes all its locations with it', async () => {
  await installCompany()
  await allBecome(locationIds(), 'active')
  line.highLevel.control.uninstall({ companyId: agency.id })
  await allBecome(locationIds(), 'uninstalled')
  await becomes(line, company, 'uninstalled')
  expect(await line.database.system.sql('installation_tokens')).toEqual([])
})

test('whoever left may come back', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  await fetch(control.installLocation(locationId))
  control.uninstall({ locationId })
  await becomes(line, tenantOf(locationId), 'uninstalled')
  expect((await fetch(control.installLocation(locationId))).status).toBe(200)
  await quiet()
  expect(await statusOf(line, tenantOf(locationId))).toBe('unclaimed')
  const token = await line.worker.accessTokens.getAccessToken(tenantOf(locationId))
  expect(await answerTo(line, token, locationId)).toBe(200)
})

test('old news of a departure does not undo a newer installation', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  const leftAt = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await fetch(control.installLocation(locationId))
  tell('UNINSTALL', { locationId }, leftAt)
  tell('UNINSTALL', { companyId: agency.id }, leftAt)
  await quiet()
  expect(await statusOf(line, tenantOf(locationId))).toBe('unclaimed')
  expect(await line.worker.accessTokens.getAccessToken(tenantOf(locationId))).toBeTruthy()
})

test('old news of an installation does not bring back who left, its company staying or not', async () => {
  const { control } = line.highLevel
  const [locationId = '', other = ''] = locationIds()
  await installCompany({ locationIds: [locationId, other] })
  await allBecome([locationId, other], 'active')
  const installedAt = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  control.uninstall({ locationId })
  await becomes(line, tenantOf(locationId), 'uninstalled')
  tell('INSTALL', { locationId, companyId: agency.id, installType: 'Location' }, installedAt)
  await quiet()
  expect(await statusOf(line, tenantOf(locationId))).toBe('uninstalled')
  expect(await statusOf(line, tenantOf(other))).toBe('active')
})

test('news of a departure that overtakes the news of the arrival is remembered', async () => {
  const locationId = 'NeverHeardOfBefore00'
  const arrivedAt = Date.now()
  tell('UNINSTALL', { locationId }, arrivedAt + 1000)
  await becomes(line, tenantOf(locationId), 'uninstalled')
  tell('INSTALL', { locationId, companyId: agency.id, installType: 'Location' }, arrivedAt)
  await quiet()
  expect(await statusOf(line, tenantOf(locationId))).toBe('uninstalled')
})

test('a token that was on its way when its location left is not kept', async () => {
  const { control } = line.highLevel
  const [locationId = ''] = locationIds()
  control.failNext({ path: '/oauth/locationToken', kind: 'slow', delayMs: 50 })
  // It works first and answers late: the token was good when it was made.
  await installCompany({ locationIds: [] })
  await quiet()
  control.clearFaults()
  const tenant_id = tenantOf(locationId)
  const lateAnswer = { path: '/oauth/locationToken', kind: 'slow', delayMs: 1000 } as const
  control.failNext(lateAnswer)
  await fetch(control.installCompany(agency.id, { locationIds: [locationId] }))
  await eventually(exchanges, (counts) => counts[locationId] === 1)
  tell('UNINSTALL', { locationId }, Date.now() + 1000)
  await becomes(line, tenant_id, 'uninstalled')
  await new Promise((resolve) => setTimeout(resolve, 1300))
  expect(await statusOf(line, tenant_id)).toBe('uninstalled')
  expect(await line.database.system.sql('installation_tokens').where({ tenant_id })).toEqual([])
})

test('a company token that HighLevel rejects early is renewed and the locations come', async () => {
  const { control } = line.highLevel
  const chosen = locationIds().slice(0, 1)
  const redirect = control.installCompany(agency.id, { locationIds: chosen })
  const rejection = { status: 401, body: { statusCode: 401, message: 'Invalid JWT' } }
  control.failNext({ path: '/oauth/installedLocations', kind: 'answer', ...rejection })
  expect((await fetch(redirect)).status).toBe(200)
  await allBecome(chosen, 'active')
})
