import { afterAll, beforeAll, expect, test } from 'vitest'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, type Owner, openPage } from '../support/people.ts'

let line: Line
let connected: Account

beforeAll(async () => {
  line = await startLine()
  connected = await openAccount(line, 0)
})

afterAll(() => line?.close())

/** Installed, and nothing connected yet. */
async function newcomer(position: number): Promise<Owner> {
  const { control } = line.highLevel
  const locationId = String(control.locations()[position]?.id)
  await install(line, locationId)
  const admin = control.users(locationId).find((user) => user.type !== 'agency' && user.role === 'admin')
  return openPage(line, String(admin?.id), locationId)
}

const connect = (owner: Owner, credentials: unknown, partner = 'activetrail') =>
  owner.send('POST', '/settings/connections', { partner, credentials })

const rows = async (table: string, position: number) => {
  const { appId } = line.config.highLevel
  const tenantId = locationTenantId(appId, String(line.highLevel.control.locations()[position]?.id))
  return line.database.asTenant(tenantId, async (db) => db.sql(table).where({ tenant_id: tenantId }))
}

test('a wrong key, an empty one or an unknown partner leaves nothing behind', async () => {
  const owner = await newcomer(1)
  const before = (await rows('audit_entries', 1)).length
  const wrong = await connect(owner, { token: '0XWRONG' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('does not accept the access token')
  expect((await connect(owner, { token: '  ' })).status).toBe(422)
  expect((await connect(owner, {})).status).toBe(422)
  expect((await connect(owner, { token: line.activeTrail.token }, 'nobody')).status).toBe(404)
  line.activeTrail.control.fail({ path: '/account/balance', status: 500 })
  expect((await connect(owner, { token: line.activeTrail.token })).status).toBe(502)
  expect(await rows('connections', 1)).toEqual([])
  expect(await rows('flows', 1)).toEqual([])
  expect(await rows('audit_entries', 1)).toHaveLength(before)
})

test('a second connection to the same partner is refused, also when both are asked for at once', async () => {
  expect((await connect(connected.owner, { token: line.activeTrail.token })).status).toBe(409)
  const owner = await newcomer(2)
  const answers = await Promise.all([1, 2, 3, 4].map(() => connect(owner, { token: line.activeTrail.token })))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
})

test('the key is shown nowhere: not stored as it is, not on the page, not in a log', async () => {
  const stored = await line.database.asSystem(async (db) => db.sql('connections'))
  const page = await (await connected.owner.get('/settings/home')).text()
  expect(JSON.stringify(stored)).not.toContain(connected.token)
  expect(page).not.toContain(connected.token)
  expect(line.logged.join('')).not.toContain(connected.token)
})

test('nobody reaches the connection of another account', async () => {
  const owner = await newcomer(3)
  const path = `/settings/connections/${connected.connectionId}`
  expect((await owner.send('DELETE', path)).status).toBe(404)
  const renewed = await owner.send('PUT', `${path}/credentials`, { credentials: { token: line.activeTrail.token } })
  expect(renewed.status).toBe(404)
})

test('a connection that was removed takes no new credentials', async () => {
  const owner = await newcomer(4)
  const made = await connect(owner, { token: line.activeTrail.token })
  const { id } = (await made.json()) as { id: string }
  expect((await owner.send('DELETE', `/settings/connections/${id}`)).status).toBe(204)
  const path = `/settings/connections/${id}/credentials`
  expect((await owner.send('PUT', path, { credentials: { token: line.activeTrail.token } })).status).toBe(404)
})

test('an account that leaves while its key is being tried keeps no connection', async () => {
  const { control } = line.highLevel
  const locationId = String(control.locations()[3]?.id)
  const owner = await newcomer(3)
  line.activeTrail.control.fail({ path: '/account/balance', delayMs: 1000 })
  const answer = connect(owner, { token: line.activeTrail.token })
  control.uninstall({ locationId })
  await eventually(
    () => rows('installations', 3),
    ([installation]) => installation.status === 'uninstalled',
  )
  expect((await answer).status).toBe(403)
  expect(await rows('connections', 3)).toEqual([])
})
