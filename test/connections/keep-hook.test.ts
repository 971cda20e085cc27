import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keepHook } from '../../src/connections/keep-hook.ts'
import { visitHooks } from '../../src/connections/visit-hooks.ts'
import { checkHooks } from '../../src/doctor/check-hooks.ts'
import type { Patient } from '../../src/doctor/patient.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { callHook, registered } from '../support/hooked.ts'
import { type Line, startLine } from '../support/line.ts'
import { only } from '../support/only.ts'
import { eventually } from '../support/people.ts'

let line: Line
let account: Account
let work: ReturnType<typeof tenantWork>

beforeAll(async () => {
  line = await startLine({ hooks: true })
  account = await openAccount(line, 0)
  work = tenantWork(line)
  await work.start()
})

beforeEach(async () => {
  line.activeTrail.control.clearFaults()
  await keep() // as it should be, whatever the test before left
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

const keep = (deps: Partial<typeof work> = {}): Promise<void> =>
  keepHook({ ...work, ...deps }, { tenantId: account.tenantId, connectionId: account.connectionId })
const hooks = () =>
  line.database.system.sql('hook_secrets').where({ connection_id: account.connectionId }).orderBy('generation')
const newest = async () => (await hooks()).at(-1)
const webhooks = () => line.activeTrail.control.webhooks(account.token)
const writes = () =>
  line.activeTrail.control.requests({ path: '/api/webhooks' }).filter(({ method }) => method !== 'GET')
const forget = () => hooks().delete()

/** Registers an address there by hand. */
async function plant(url: string): Promise<number> {
  const answer = await fetch(`${line.activeTrailUrl}/api/webhooks`, {
    method: 'POST',
    headers: { authorization: account.token, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Planted', url, event_type: 'contact_change' }),
  })
  return ((await answer.json()) as { id: number }).id
}

const unplant = (id: number) =>
  fetch(`${line.activeTrailUrl}/api/webhooks/${id}`, { method: 'DELETE', headers: { authorization: account.token } })

test('one that is as it should be is left alone', async () => {
  const [before] = webhooks()
  const { generation } = await newest()
  line.activeTrail.control.clearRequests()
  await keep()
  expect(writes()).toEqual([])
  expect(webhooks()).toEqual([before])
  expect((await newest()).generation).toBe(generation)
})

test('one that was deleted there is registered again, at another address', async () => {
  const before = await registered(line, account.token)
  await unplant(Number(webhooks()[0]?.id))
  await keep()
  const { url, key } = await registered(line, account.token, before)
  expect((await callHook(url, { key })).status).toBe(200)
})

test('where this server is reached elsewhere it is registered anew, without being asked', async () => {
  const before = await registered(line, account.token)
  await hooks().update({ base_url: 'https://old.example.com' })
  await visitHooks(work)
  const after = await registered(line, account.token, before)
  expect(after.url.startsWith(line.appUrl)).toBe(true)
})

test('one that was not looked for in a day is looked for', async () => {
  await unplant(Number(webhooks()[0]?.id))
  await visitHooks(work)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(webhooks()).toEqual([])
  await hooks().update({ seen_at: new Date(Date.now() - 25 * 3_600_000) })
  await visitHooks(work)
  await registered(line, account.token)
})

test('a connection from before there were hooks gets one', async () => {
  await forget()
  await visitHooks(work)
  await eventually(newest, (hook) => Boolean(hook?.registered_at))
  await registered(line, account.token)
})

test('the doctor tells of connections that are not as they should be', async () => {
  const patient = only<Patient>({ database: work.database, settings: line.config, now: Date.now })
  expect(await checkHooks.run(patient)).toMatchObject([{ level: 'ok' }])
  await hooks().update({ base_url: 'https://old.example.com' })
  expect(await checkHooks.run(patient)).toMatchObject([
    { level: 'warn', found: 'One connection has no address at the partner, or an old one.' },
  ])
})

test('addresses that ended are forgotten here', async () => {
  await keep()
  const { generation } = await newest()
  await line.database.system.sql('hook_secrets').insert({
    ...{ tenant_id: account.tenantId, connection_id: account.connectionId, generation: generation - 1000 },
    ...{
      hash: Buffer.alloc(32, 1),
      base_url: line.appUrl,
      created_at: new Date(),
      expires_at: new Date(Date.now() - 1),
    },
  })
  await visitHooks(work)
  expect((await hooks()).map((hook) => hook.generation)).not.toContain(generation - 1000)
})

test('of what is registered there, only addresses of ours that lead nowhere are removed', async () => {
  const other = '0190a0a0-0000-7000-8000-000000000001'
  const secret = 'x'.repeat(43)
  const kept = [
    await plant('https://other.example.com/anything'),
    await plant(`https://other.example.com/hooks/${other}/${secret}`),
    await plant(`${line.appUrl}/something-else`),
  ]
  const removed = [
    await plant(`${line.appUrl}/hooks/${other}/${secret}`),
    await plant(`https://old.example.com/hooks/${account.connectionId}/${secret}`),
  ]
  await keep()
  const ids = webhooks().map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(kept))
  for (const id of removed) expect(ids).not.toContain(id)
  for (const id of kept) await unplant(id)
})

test('an answer that is lost leaves one registration behind, after another try', async () => {
  await forget()
  line.activeTrail.control.fail({ method: 'POST', path: '/webhooks', cut: true, afterEffect: true })
  await expect(keep()).rejects.toMatchObject({ code: 'unreachable' })
  await keep()
  const { url, key } = await registered(line, account.token)
  expect((await callHook(url, { key })).status).toBe(200)
})

test.each([
  ['refuses it', { status: 403 }],
  ['does not understand it', { status: 400, body: { Message: 'The address %URL% is not to our liking.' } }],
])('where the partner %s, the connection works, and its owner reads why', async (_what, fault) => {
  await forget()
  const url = `${line.appUrl}/hooks/${account.connectionId}/${'Abc_'.repeat(11).slice(1)}`
  const spoilt = JSON.parse(JSON.stringify(fault).replace('%URL%', url))
  line.activeTrail.control.fail({ method: 'POST', path: '/webhooks', ...spoilt })
  await keep()
  const { status } = await line.database.system.sql('connections').where({ id: account.connectionId }).first('status')
  expect(status).toBe('active')
  const page = await (await account.owner.get('/settings/home')).text()
  expect(page).toContain('ActiveTrail cannot tell of changes yet.')
  expect(page).toContain('Not yet')
  expect(page).not.toContain('Abc_')
  expect((await newest()).trouble).not.toContain('Abc_')
  await keep()
  expect(await (await account.owner.get('/settings/home')).text()).toContain('Yes, as they happen')
})

test('trouble that passes is tried again', async () => {
  await forget()
  line.activeTrail.control.fail({ path: '/webhooks', status: 429, headers: { 'retry-after': '1' } })
  await expect(keep()).rejects.toMatchObject({ code: 'rate_limited' })
  line.activeTrail.control.clearRequests()
  await expect(keep()).rejects.toMatchObject({ code: 'rate_limited' }) // without asking
  expect(line.activeTrail.control.requests()).toEqual([])
  await expect
    .poll(
      () =>
        keep().then(
          () => true,
          () => false,
        ),
      { timeout: 5000 },
    )
    .toBe(true)
})

test.each(['paused', 'credentials_refused'])('while the connection is %s nothing is asked', async (status) => {
  const connection = line.database.system.sql('connections').where({ id: account.connectionId })
  await connection.clone().update({ status })
  line.activeTrail.control.clearRequests()
  await keep()
  expect(line.activeTrail.control.requests()).toEqual([])
  await connection.update({ status: 'active' })
})
