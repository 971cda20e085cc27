import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { actionsOf, becomes, type Installed, installed, statusOf } from '../tenants/installed.ts'

let line: Line
let account: Installed

beforeAll(async () => {
  line = await startLine()
})

/** Every test begins with an account that has the app. */
beforeEach(async () => {
  line.highLevel.control.clearFaults()
  account = await installed(line, 0)
  await line.highLevel.control.webhooksSettled()
  line.highLevel.control.clearRequests()
})

afterAll(() => line?.close())

const leave = async (body: object = {}, who = account.adminId): Promise<Response> =>
  (await openPage(line, who, account.locationId)).send('POST', '/settings/uninstall', body)

const sentencesOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { sentences: string[] }).sentences.join(' ')

const departures = () => line.highLevel.control.requests({ method: 'DELETE', path: '/marketplace' })
const isListed = (): boolean =>
  line.highLevel.control.installs().some(({ locationId }) => locationId === account.locationId)

const lastEntry = (action: string) =>
  line.database.system
    .sql('audit_entries')
    .where({ tenant_id: account.tenantId, action })
    .orderBy('seq', 'desc')
    .first('actor_kind', 'actor_id', 'details')

test('the app goes from the account and from here, and who did it is on record', async () => {
  line.highLevel.control.holdWebhooks()
  const answer = await leave()
  line.highLevel.control.releaseWebhooks()
  expect(await sentencesOf(answer)).toMatch(/^The keys of your other systems are erased.* kept for 30 days: /)
  expect(isListed()).toBe(false)
  expect(departures()).toMatchObject([
    { status: 200, body: { locationId: account.locationId, reason: 'Uninstalled from the settings page.' } },
  ])
  expect(await statusOf(line, account.tenantId)).toBe('uninstalled')
  expect(await lastEntry('installation.uninstalled')).toEqual({
    actor_kind: 'user',
    actor_id: account.adminId,
    details: {
      was: 'active',
      is: 'uninstalled',
      reason: 'Uninstalled from the settings page.',
      told: true,
      erase: false,
    },
  })
})

test('where the platform’s own news of it comes first, what was chosen counts all the same', async () => {
  const { control } = line.highLevel
  const { tenantId, locationId, adminId } = await installed(line, 3)
  const owner = await openPage(line, adminId, locationId)
  control.failNext({ path: '/marketplace', kind: 'slow', delayMs: 1500 })
  const asked = owner.send('POST', '/settings/uninstall', { erase: true })
  await eventually(departures, (told) => told.length > 0)
  const { appId } = line.config.highLevel
  const timestamp = new Date().toISOString()
  control.sendWebhook({ type: 'UNINSTALL', appId, locationId, webhookId: crypto.randomUUID(), timestamp })
  await becomes(line, tenantId, 'uninstalled')
  expect(await sentencesOf(await asked)).toContain('is being deleted now')
  const { sql } = line.database.system
  expect(await sql('audit_entries').where({ tenant_id: tenantId, action: 'installation.leave_asked' })).toMatchObject([
    { actor_kind: 'user', actor_id: adminId, details: { erase: true } },
  ])
  const certificates = () => sql('deletion_certificates').where({ tenant_id: tenantId })
  await eventually(certificates, ([deletion]) => Boolean(deletion?.certificate))
})

test('the platform’s own news of it changes nothing', async () => {
  line.highLevel.control.holdWebhooks()
  await leave()
  const before = await actionsOf(line, account.tenantId)
  line.highLevel.control.releaseWebhooks()
  await line.highLevel.control.webhooksSettled()
  const news = () =>
    line.database.system.sql('deliveries').where({ tenant_id: account.tenantId, event_type: 'UNINSTALL' })
  await eventually(news, (rows) => rows.length > 0 && rows.every(({ state }) => state === 'done'))
  expect(await actionsOf(line, account.tenantId)).toEqual(before)
})

test('the session is worth nothing afterwards, also when the app is installed again at once', async () => {
  const owner = await openPage(line, account.adminId, account.locationId)
  expect((await owner.send('POST', '/settings/uninstall', {})).status).toBe(200)
  expect((await owner.get('/settings/home')).status).toBe(403)
  expect((await owner.get('/settings/export')).status).toBe(403)
  expect((await owner.send('POST', '/settings/uninstall', {})).status).toBe(403)
  await install(line, account.locationId)
  expect((await owner.get('/settings/home')).status).toBe(401)
})

test('whoever is no administrator may neither uninstall nor take everything along', async () => {
  expect((await leave({}, account.memberId)).status).toBe(403)
  const member = await openPage(line, account.memberId, account.locationId)
  expect((await member.get('/settings/export')).status).toBe(403)
  expect(await (await member.get('/settings/home')).text()).not.toContain('Leave Causeway')
  expect(await statusOf(line, account.tenantId)).toBe('active')
  expect(departures()).toEqual([])
})

const TROUBLE = { path: '/marketplace', times: 10 } as const

test.each([
  ['refuses', () => line.highLevel.control.failNext({ ...TROUBLE, kind: 'answer', status: 422 })],
  ['has trouble of its own', () => line.highLevel.control.failNext({ ...TROUBLE, kind: 'answer', status: 500 })],
  ['cuts the connection', () => line.highLevel.control.failNext({ ...TROUBLE, kind: 'cut' })],
  ['knows the token no more', () => line.highLevel.control.revokeTokens({ locationId: account.locationId })],
  [
    'holds the account for inactive',
    () => {
      line.highLevel.control.setLocationActive(account.locationId, false)
      line.highLevel.control.expireTokens({ locationId: account.locationId })
    },
  ],
  [
    'never gave the permission',
    () =>
      line.highLevel.control.failNext({
        ...TROUBLE,
        kind: 'answer',
        status: 401,
        body: { statusCode: 401, message: 'The token is not authorized for this scope.' },
      }),
  ],
])('where the platform %s, the app is uninstalled here, and the page says what is left to do', async (_name, cause) => {
  const owner = await openPage(line, account.adminId, account.locationId)
  cause()
  const answer = await owner.send('POST', '/settings/uninstall', {})
  expect(await sentencesOf(answer)).toContain('still listed among its installed apps')
  expect(await statusOf(line, account.tenantId)).toBe('uninstalled')
  expect(await lastEntry('installation.uninstalled')).toMatchObject({ details: { told: false } })
  expect(isListed()).toBe(true)
  line.highLevel.control.setLocationActive(account.locationId, true)
})

test('a location that came with its company leaves alone', async () => {
  const { control } = line.highLevel
  control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  const others = control.locations(account.companyId).filter(({ id }) => id !== account.locationId)
  expect((await fetch(control.installCompany(account.companyId))).status).toBe(200)
  await becomes(line, account.tenantId, 'active')
  expect((await leave()).status).toBe(200)
  await control.webhooksSettled()
  expect(isListed()).toBe(false)
  const listed = control.installs().map(({ locationId }) => locationId)
  expect(listed).toEqual(expect.arrayContaining([null, ...others.map(({ id }) => id)]))
  control.uninstall({ companyId: account.companyId })
  await control.webhooksSettled()
})

test('a departure never seems older than the installation it ends', async () => {
  const ahead = new Date(Date.now() + 3_600_000)
  await line.database.system
    .sql('installations')
    .where({ tenant_id: account.tenantId })
    .update({ installed_at: ahead, authorized_at: ahead, claimed_at: ahead })
  expect((await leave()).status).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('uninstalled')
  await line.database.system
    .sql('installations')
    .where({ tenant_id: account.tenantId })
    .update({ installed_at: null, authorized_at: null, claimed_at: null, uninstalled_at: new Date(0) })
})
