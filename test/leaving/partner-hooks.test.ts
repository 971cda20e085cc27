import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { leaveAccount } from '../../src/leaving/leave-account.ts'
import { type Account, openAccount } from '../support/account.ts'
import { callHook, type Registered, registered } from '../support/hooked.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { accountOf, becomes } from '../tenants/installed.ts'
import { tenantWork } from './tenant-work.ts'

let line: Line
const accounts: Account[] = []

beforeAll(async () => {
  line = await startLine({ hooks: true })
  for (let position = 0; position < 5; position++) accounts.push(await openAccount(line, position))
})

beforeEach(() => line.activeTrail.control.clearFaults())

afterAll(() => line?.close())

const accountAt = (position: number): Account => accounts[position] ?? expect.unreachable()
const webhooksOf = ({ token }: Account) => line.activeTrail.control.webhooks(token)
const answerTo = async ({ url, key }: Registered): Promise<number> => (await callHook(url, { key })).status
const hooksKept = ({ tenantId }: Account) => line.database.system.sql('hook_secrets').where({ tenant_id: tenantId })
const leftOf = async ({ tenantId }: Account, action: string): Promise<unknown> =>
  (await line.database.system.sql('audit_entries').where({ tenant_id: tenantId, action }).first('details')).details

async function comeBack(position: number): Promise<Account> {
  const account = accountAt(position)
  expect((await install(line, account.locationId)).status).toBe(200)
  const owner = await openPage(line, accountOf(line, position).adminId, account.locationId)
  const path = `/settings/connections/${account.connectionId}/credentials`
  expect((await owner.send('PUT', path, { credentials: { token: account.token } })).status).toBe(204)
  return { ...account, owner }
}

test('an uninstall by webhook removes our address there, and it is not answered any more', async () => {
  const account = accountAt(0)
  const hook = await registered(line, account.token)
  expect(await answerTo(hook)).toBe(200)
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  expect(webhooksOf(account)).toEqual([])
  expect(await hooksKept(account)).toEqual([])
  expect(await answerTo(hook)).toBe(404)
  expect(await leftOf(account, 'connection.credentials_erased')).toEqual({ registrationsLeft: 0 })
  line.activeTrail.control.createContact({ email: 'after@example.com' }, account.token)
  await account.settled()
  expect((await account.deliveries()).filter(({ type }) => type === 'contact_changed').length).toBeLessThan(2)

  await comeBack(0)
  expect(await answerTo(await registered(line, account.token, hook))).toBe(200)
  expect(await answerTo(hook)).toBe(404)
})

test('a partner that takes its time does not hold up the uninstall; what is left there leads nowhere', async () => {
  const account = accountAt(1)
  const hook = await registered(line, account.token)
  line.activeTrail.control.fail({ method: 'DELETE', path: '/webhooks', delayMs: 6000, times: 5 })
  const begun = Date.now()
  expect((await account.owner.send('POST', '/settings/uninstall', {})).status).toBe(200)
  expect(Date.now() - begun).toBeLessThan(6000)
  expect(await hooksKept(account)).toEqual([])
  const credentials = await line.database.system
    .sql('connections')
    .where({ tenant_id: account.tenantId })
    .pluck('credentials')
  expect(credentials).toEqual([null])
  expect(await leftOf(account, 'connection.credentials_erased')).toEqual({ registrationsLeft: 1 })
  expect(webhooksOf(account)).toHaveLength(1)
  expect(await answerTo(hook)).toBe(404)

  line.activeTrail.control.clearFaults()
  await comeBack(1)
  const next = await registered(line, account.token, hook) // and nothing else: what was left is gone now
  expect(await answerTo(next)).toBe(200)
})

test.each([
  ['refuses', { status: 403 }],
  ['is out of order', { status: 500 }],
  ['cuts the connection', { cut: true }],
])('where the partner %s, the connection is removed all the same', async (_what, fault) => {
  const account = accountAt(2)
  const connections = () => line.database.system.sql('connections').where({ tenant_id: account.tenantId }).orderBy('id')
  const [{ id }] = (await connections()).slice(-1)
  const url = String(webhooksOf(account)[0]?.url)
  line.activeTrail.control.fail({ method: 'DELETE', path: '/webhooks', times: 5, ...fault })
  expect((await account.owner.send('DELETE', `/settings/connections/${id}`)).status).toBe(204)
  expect(await hooksKept(account)).toEqual([])
  expect((await callHook(url, {})).status).toBe(404)
  line.activeTrail.control.clearFaults()
  const credentials = { token: account.token }
  const again = await account.owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })
  expect(again.status).toBe(201)
  const { id: next } = (await again.json()) as { id: string }
  // The address of the connection that is gone is cleared away, although another connection has taken its place.
  await eventually(
    () => webhooksOf(account),
    (webhooks) => webhooks.length === 1 && webhooks[0]?.url.includes(next) === true,
  )
})

test('what the operator uninstalls is taken off there too, also from a connection that is paused', async () => {
  const account = accountAt(3)
  await line.database.system.sql('connections').where({ tenant_id: account.tenantId }).update({ status: 'paused' })
  const work = tenantWork(line)
  await work.start()
  const actor = { kind: 'operator', id: 'alex' } as const
  await leaveAccount(work, { tenantId: account.tenantId, actor, reason: 'asked for', erase: true })
  await work.stop()
  expect(webhooksOf(account)).toEqual([])
  expect(await hooksKept(account)).toEqual([])
})

test('late news of a departure leaves the addresses of a connection made since alone', async () => {
  const account = accountAt(4)
  const hook = await registered(line, account.token)
  const { appId } = line.config.highLevel
  const event = { type: 'UNINSTALL', appId, versionId: appId, locationId: account.locationId }
  const timestamp = new Date(Date.now() - 3_600_000).toISOString()
  line.highLevel.control.sendWebhook({ ...event, timestamp, webhookId: crypto.randomUUID() })
  await account.settled()
  expect(webhooksOf(account).map(({ url }) => url)).toEqual([hook.url])
  expect(await answerTo(hook)).toBe(200)
})
