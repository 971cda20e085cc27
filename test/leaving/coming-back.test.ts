import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { accountOf, actionsOf, becomes } from '../tenants/installed.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})

afterAll(() => line?.close())

const renew = ({ owner, connectionId, token }: Account): Promise<Response> =>
  owner.send('PUT', `/settings/connections/${connectionId}/credentials`, { credentials: { token } })

const connectionOf = ({ connectionId }: Account) =>
  line.database.system.sql('connections').where({ id: connectionId }).first('status', 'credentials', 'generation')

async function comeBack(account: Account, position: number): Promise<Account> {
  expect((await install(line, account.locationId)).status).toBe(200)
  return { ...account, owner: await openPage(line, accountOf(line, position).adminId, account.locationId) }
}

const tellOfDeparture = async (account: Account, sentAt: number): Promise<void> => {
  const { appId } = line.config.highLevel
  const event = { type: 'UNINSTALL', appId, versionId: appId, locationId: account.locationId }
  const timestamp = new Date(sentAt).toISOString()
  line.highLevel.control.sendWebhook({ ...event, timestamp, webhookId: crypto.randomUUID() })
  await account.settled()
}

test('whoever comes back finds all as it was but the key, and goes on when that is entered', async () => {
  const account = await openAccount(line, 0)
  const contact = await account.create({ email: 'before@example.com', firstName: 'Before' })
  const before = account.only({ email: 'before@example.com' })
  const { generation } = await connectionOf(account)
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  expect(await connectionOf(account)).toEqual({
    status: 'credentials_needed',
    credentials: null,
    generation: generation + 1,
  })
  expect(await renew(account)).toMatchObject({ status: 403 })

  const back = await comeBack(account, 0)
  const page = await (await back.owner.get('/settings/home')).text()
  expect(page).toContain('Needs its key again')
  expect(page).toContain('The app was uninstalled in between, and the key was erased with it.')
  expect(page.match(/role="switch"[^>]* checked/g)).toHaveLength(1)
  expect(page.match(/class="run"/g)).toHaveLength(1)

  await account.edit(contact, { firstName: 'After' })
  expect((await account.deliveries()).at(-1)).toMatchObject({ state: 'parked', reason: 'credentials_needed' })
  expect((await renew(back)).status).toBe(204)
  await eventually(
    () => account.only({ email: 'before@example.com' }).first_name,
    (name) => name === 'After',
  )
  expect(account.only({ email: 'before@example.com' }).id).toBe(before.id)
  expect(await actionsOf(line, account.tenantId)).toContain('connection.credentials_erased')
})

test('late news of a departure takes the key that was there before it, and leaves the new one', async () => {
  const account = await openAccount(line, 1)
  const leftAt = Date.now()
  await sleep(5)
  const back = await comeBack(account, 1)
  await tellOfDeparture(account, leftAt)
  expect(await connectionOf(account)).toMatchObject({ status: 'credentials_needed' })
  expect((await back.owner.get('/settings/home')).status).toBe(200)

  expect((await renew(back)).status).toBe(204)
  await tellOfDeparture(account, leftAt + 1)
  expect(await connectionOf(account)).toMatchObject({ status: 'active' })
  await account.create({ email: 'stays@example.com' })
  expect(account.only({ email: 'stays@example.com' })).toBeDefined()
})

test('a key that was being tried while the app was uninstalled is not kept', async () => {
  const account = await openAccount(line, 2)
  line.activeTrail.control.fail({ path: '/account/balance', delayMs: 3000 })
  const renewing = renew(account)
  await eventually(
    () => line.activeTrail.control.requests().filter(({ path, status }) => /balance/.test(path) && status === null),
    (asked) => asked.length === 1,
  )
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  expect((await renewing).status).toBe(403)
  expect(await connectionOf(account)).toMatchObject({ credentials: null })
})

test('what waits beyond what one transaction takes is ignored as well', async () => {
  const account = await openAccount(line, 3)
  line.activeTrail.control.setAccess('revoked', account.token)
  await account.create({ email: 'first@example.com' })
  const { sql } = line.database.system
  await sql.raw(
    `insert into deliveries (tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, headers, body, state, reason)
     select tenant_id, gen_random_uuid(), source, 'copy ' || n, event_type, ordering_key || n, received_at, headers, body, 'parked', reason
     from deliveries cross join generate_series(1, 5200) n where tenant_id = ? and state = 'parked'`,
    [account.tenantId],
  )
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  const parked = () => sql('deliveries').where({ tenant_id: account.tenantId, state: 'parked' }).pluck('id')
  await eventually(parked, (ids) => ids.length === 0)
})
