import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyCertificate } from '../../src/leaving/deletion-certificate.ts'
import { purgeTenant } from '../../src/leaving/purge-tenant.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { accountOf, becomes, statusOf } from '../tenants/installed.ts'
import { OPERATOR, type Purging, startPurging } from './purging.ts'

let house: Purging

beforeAll(async () => {
  house = await startPurging()
})

afterAll(() => house?.close())

test('who comes back before the key is destroyed keeps everything, afterwards begins afresh', async () => {
  const { account } = await house.furnished(3)
  const links = await house.rows('links', account).orderBy('highlevel_id')
  await house.uninstalled(account)
  await house.due(account)
  const kept = await install(house.line, account.locationId)
  expect([kept.status, await kept.text()]).toMatchObject([200, expect.anything()])
  expect(await purgeTenant(house.work, { tenantId: account.tenantId, actor: OPERATOR })).toBeUndefined()
  expect(await house.rows('links', account).orderBy('highlevel_id')).toEqual(links)
  expect(await house.rows('installations', account)).toMatchObject([{ status: 'unclaimed', purge_at: null }])

  await house.uninstalled(account)
  expect(await house.purge(account)).toBeTruthy()
  const refused = await install(house.line, account.locationId)
  expect(refused.status).toBe(429)
  expect(await refused.text()).toContain('data was erased just now. Try again in two minutes.')
  expect(await statusOf(house.line, account.tenantId)).toBe('uninstalled')
  expect(await house.rows('tenant_keys', account)).toEqual([])

  await house.wait(121_000)
  expect((await install(house.line, account.locationId)).status).toBe(200)
  const again = await openPage(house.line, accountOf(house.line, 3).adminId, account.locationId)
  expect(await house.rows('installations', account)).toMatchObject([
    { status: 'active', purged_at: null, purge_begun_at: null },
  ])
  expect(await (await again.get('/settings/home')).text()).toContain('Connect a system first')
  const credentials = { token: account.token }
  expect((await again.send('POST', '/settings/connections', { partner: 'activetrail', credentials })).status).toBe(201)
  await account.create({ email: 'afresh@example.com' })
  expect(account.only({ email: 'afresh@example.com' })).toBeDefined()
  expect(await purgeTenant(house.work, { tenantId: account.tenantId, actor: OPERATOR })).toBeUndefined()
  expect(await house.rows('links', account)).toHaveLength(1)

  await house.uninstalled(account)
  const second = await house.purge(account)
  const verdict = await verifyCertificate(house.line.config.encryptionKeys, String(second))
  expect(verdict).toMatchObject({ claims: { rows: { links: 1 } } })
})

test('an installation that comes while its key is being destroyed waits, and begins afresh', async () => {
  const { account } = await house.furnished(4)
  await house.uninstalled(account)
  await house.due(account)
  // The deletion has begun and was interrupted.
  await expect(
    purgeTenant({ ...house.work, database: house.dyingAfter(2) }, { tenantId: account.tenantId, actor: OPERATOR }),
  ).rejects.toThrow('killed')
  await house.wait(10 * 60_000)
  expect((await install(house.line, account.locationId)).status).toBe(429)
  const deliveries = () =>
    house.line.database.system
      .sql('deliveries')
      .where({ event_type: 'INSTALL', ordering_key: `${account.tenantId}/lifecycle` })
      .orderBy('id', 'desc')
  await eventually(deliveries, ([delivery]) => delivery?.attempts > 1)
  expect(await statusOf(house.line, account.tenantId)).toBe('uninstalled')
  expect(await house.purge(account)).toBeTruthy()
  await eventually(deliveries, ([delivery]) => delivery?.state === 'done', 20_000)
  await becomes(house.line, account.tenantId, 'pending')
  expect(await house.rows('connections', account)).toEqual([])
})

test('what comes while a process still has the key of a purged tenant at hand is deleted at the next round', async () => {
  const { account } = await house.furnished(1)
  await house.uninstalled(account)
  await house.purge(account)
  const { sql } = house.line.database.system
  await sql('delivery_ids').insert({
    tenant_id: account.tenantId,
    source: 'highlevel',
    delivery_id: 'stray',
    id: account.tenantId,
    received_at: new Date(),
  })
  await house.work.enqueue(house.work.system, 'keep-house', {})
  await eventually(
    () => house.rows('delivery_ids', account),
    (strays) => strays.length === 0,
  )
  expect(await house.rows('deletion_certificates', account).whereNull('certificate')).toEqual([])
})

test('old news of an installation does not write names back into what was purged', async () => {
  const { account } = await house.furnished(0)
  const installedAt = new Date().toISOString()
  await house.uninstalled(account)
  await house.purge(account)
  await house.wait(121_000)
  const appId = house.line.config.highLevel.appId
  const news = { type: 'INSTALL', appId, versionId: appId, locationId: account.locationId, timestamp: installedAt }
  house.line.highLevel.control.sendWebhook({
    ...news,
    webhookId: crypto.randomUUID(),
    installType: 'Location',
    companyName: 'Canary Company',
    userId: 'canaryUser',
    isWhitelabelCompany: true,
    whitelabelDetails: { domain: 'canary.example' },
  })
  await account.settled()
  const [installation] = await house.rows('installations', account)
  expect(installation).toMatchObject({ status: 'uninstalled', company_name: null, installed_by: null })
  expect(JSON.stringify(installation)).not.toMatch(/canary/i)
})
