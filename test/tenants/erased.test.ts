import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVault } from '../../src/tenants/vault.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { createSigner, eventOf, post, storedAs } from '../webhooks/platform.ts'
import { becomes, type Installed, installed } from './installed.ts'

/** The first minute after a tenant's key was destroyed, in processes that were using it a moment ago. */

const platform = createSigner()

let line: Line
let account: Installed

beforeAll(async () => {
  line = await startLine({ webhookKeys: [platform.publicPem] })
  account = await installed(line, 0)
  await settled((await tell('ContactCreate')).webhookId)
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  await line.database.asTenant(account.tenantId, (db) => createVault(line.config.encryptionKeys).destroyKey(db))
})

afterAll(() => line?.close())

async function tell(type: string): Promise<Record<string, unknown>> {
  const event = eventOf(line, { type })
  const body = JSON.stringify(event)
  const answer = await post(line, body, { 'content-type': 'application/json', 'x-ghl-signature': platform.sign(body) })
  expect(answer.status).toBe(200)
  return event
}

const settled = (webhookId: unknown) =>
  eventually(
    () => storedAs(line, webhookId),
    ([stored]) => stored !== undefined && stored.state !== 'received',
  )

test('what is still told of the tenant is taken, and ignored', async () => {
  const { webhookId } = await tell('ContactUpdate')
  expect(await settled(webhookId)).toMatchObject([{ state: 'ignored', reason: 'not_installed' }])
})

test('whoever installs again within that minute is asked to try again, and nothing is half there', async () => {
  const answer = await install(line, account.locationId)
  expect(answer.status).toBe(429)
  expect(await answer.text()).toContain('erased just now')
  const { sql } = line.database.system
  expect(await sql('tenant_keys').where({ tenant_id: account.tenantId })).toEqual([])
  expect(await sql('installation_tokens').where({ tenant_id: account.tenantId })).toEqual([])
  // The platform's news of it waits for the minute to end.
  await eventually(
    () => sql('deliveries').where({ event_type: 'INSTALL', state: 'received' }).select('troubles'),
    ([news]) => news?.troubles >= 2,
    20_000,
  )
})
