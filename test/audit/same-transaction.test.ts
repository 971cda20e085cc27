import { afterAll, beforeAll, expect, test } from 'vitest'
import { hookRegistered } from '../support/hooked.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, type Owner, openPage } from '../support/people.ts'
import { accountOf, becomes, expire, type Installed, installed } from '../tenants/installed.ts'

/** What changes and the entry that says so are one transaction: Postgres itself remembers which one wrote a row. */

let line: Line

beforeAll(async () => {
  line = await startLine()
})

afterAll(() => line?.close())

type Written = { action: string; by: string }

/** The newest entry of this action, and the transaction that wrote it. */
async function entryOf(tenantId: string, action: string): Promise<Written> {
  const { rows } = await line.database.system.sql.raw(
    `select action, xmin::text as by from audit_entries where tenant_id = :tenantId and action = :action
     order by seq desc limit 1`,
    { tenantId, action },
  )
  return rows[0]
}

async function writerOf(table: string, tenantId: string): Promise<string> {
  const { rows } = await line.database.system.sql.raw(
    `select xmin::text as by from ${table} where tenant_id = :tenantId order by updated_at desc limit 1`,
    { tenantId },
  )
  return rows[0]?.by
}

const expectTogether = async (tenantId: string, action: string, ...tables: string[]): Promise<void> => {
  const entry = await entryOf(tenantId, action)
  const writers = await Promise.all(tables.map((table) => writerOf(table, tenantId)))
  expect([action, ...writers]).toEqual([action, ...tables.map(() => entry?.by)])
}

const connect = (owner: Owner): Promise<Response> =>
  owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token: line.activeTrail.token },
  })

async function connectionOf({ tenantId }: Installed): Promise<{ id: string; flow: string }> {
  const { sql } = line.database.system
  const connection = await sql('connections')
    .where({ tenant_id: tenantId })
    .whereNot('status', 'disconnected')
    .first('id')
  return { id: connection.id, flow: (await sql('flows').where({ connection_id: connection.id }).first('id')).id }
}

/** The platform tells of the installation as well, and what it tells is written when the worker comes to it. */
const toldAndDone = (): Promise<string[]> => line.database.system.sql('deliveries').pluck('state')

test('installing, claiming, renewing and leaving', async () => {
  const account = accountOf(line, 0)
  const { tenantId, locationId } = account
  line.highLevel.control.holdWebhooks()
  await fetch(line.highLevel.control.installLocation(locationId))
  // The page that the browser lands on has written the account's name to the installation since.
  await expectTogether(tenantId, 'installation.installed', 'installation_tokens')
  await openPage(line, account.adminId, locationId)
  await expectTogether(tenantId, 'installation.claimed', 'installations')
  line.highLevel.control.releaseWebhooks()
  await line.highLevel.control.webhooksSettled()
  await eventually(toldAndDone, (states) => states.length > 0 && !states.includes('received'))
  await expire(line, account)
  await line.worker.accessTokens.getAccessToken(tenantId)
  await expectTogether(tenantId, 'tokens.refreshed', 'installation_tokens')
  line.highLevel.control.setLocationActive(locationId, false)
  await expire(line, account)
  // The worker's own round may come upon it as well, and hear the same.
  await line.worker.accessTokens.getAccessToken(tenantId).catch(() => {})
  await line.worker.accessTokens.getAccessToken(tenantId).catch(() => {})
  await expectTogether(tenantId, 'installation.suspended', 'installations')
  line.highLevel.control.setLocationActive(locationId, true)
  await line.worker.accessTokens.getAccessToken(tenantId)
  await expectTogether(tenantId, 'installation.recovered', 'installations', 'installation_tokens')
  await connect(await openPage(line, account.adminId, locationId))
  line.highLevel.control.uninstall({ locationId })
  await becomes(line, tenantId, 'uninstalled')
  await expectTogether(tenantId, 'installation.uninstalled', 'installations', 'connections')
  await expectTogether(tenantId, 'connection.credentials_erased', 'connections')
})

test('connecting, switching, renewing credentials and disconnecting', async () => {
  const account = await installed(line, 1)
  const { tenantId } = account
  const owner = await openPage(line, account.adminId, account.locationId)
  expect((await connect(owner)).status).toBe(201)
  await expectTogether(tenantId, 'connection.created', 'connections', 'flows')
  await expectTogether(tenantId, 'flow.created', 'connections', 'flows')
  const { id, flow } = await connectionOf(account)
  await owner.send('PUT', `/settings/flows/${flow}/switch`, { enabled: false })
  await expectTogether(tenantId, 'flow.switched_off', 'flows')
  await owner.send('PUT', `/settings/flows/${flow}/switch`, { enabled: true })
  await expectTogether(tenantId, 'flow.switched_on', 'flows')
  const credentials = { token: line.activeTrail.token }
  await owner.send('PUT', `/settings/connections/${id}/credentials`, { credentials })
  await expectTogether(tenantId, 'connection.credentials_replaced', 'connections')
  await owner.send('DELETE', `/settings/connections/${id}`)
  await expectTogether(tenantId, 'connection.removed', 'connections', 'flows')
})

test('a switch that does not move leaves no entry, nor does a change that is refused', async () => {
  const account = await installed(line, 2)
  const owner = await openPage(line, account.adminId, account.locationId)
  await connect(owner)
  const { id, flow } = await connectionOf(account)
  await hookRegistered(line, id)
  const count = async () =>
    (await line.database.system.sql('audit_entries').where({ tenant_id: account.tenantId })).length
  const before = await count()
  expect((await owner.send('PUT', `/settings/flows/${flow}/switch`, { enabled: true })).status).toBe(204)
  expect((await connect(owner)).status).toBe(409)
  const refused = { credentials: { token: 'not-a-token-of-theirs' } }
  expect((await owner.send('PUT', `/settings/connections/${id}/credentials`, refused)).status).toBe(422)
  expect(await count()).toBe(before)
})

test('an entry that cannot be written takes its change back', async () => {
  const account = await installed(line, 3)
  const owner = await openPage(line, account.adminId, account.locationId)
  await connect(owner)
  const { id, flow } = await connectionOf(account)
  await hookRegistered(line, id) // which is in the log as well
  const { sql } = line.database.system
  const state = async () => [
    await sql('connections').where({ id }).first('status', 'credentials'),
    await sql('flows').where({ id: flow }).first('enabled'),
  ]
  const before = await state()
  const head = await sql('audit_heads').where({ tenant_id: account.tenantId }).first()
  // The next number is taken: whatever is recorded now fails.
  await sql('audit_heads').where({ tenant_id: account.tenantId }).update({ seq: 0 })
  expect((await owner.send('PUT', `/settings/flows/${flow}/switch`, { enabled: false })).status).toBe(500)
  expect((await owner.send('DELETE', `/settings/connections/${id}`)).status).toBe(500)
  expect(await state()).toEqual(before)
  await sql('audit_heads').where({ tenant_id: account.tenantId }).update({ seq: head.seq })
  expect((await owner.send('DELETE', `/settings/connections/${id}`)).status).toBe(204)
  await eventually(state, ([connection]) => (connection as { status: string }).status === 'disconnected')
})
