import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { storedAs } from './platform.ts'
import { type ConnectedTenant, connectTenant, inOrderOfFinishing, reaches } from './tenants.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterAll(() => line?.close())

/** Enough that an order left to chance would not be this one. */
const EVENTS = 12

async function sendChanges(tenant: ConnectedTenant, contactId: string): Promise<string[]> {
  const events: string[] = []
  for (let turn = 0; turn < EVENTS; turn++) events.push(await tenant.send('ContactUpdate', contactId))
  return events
}

async function expectParked(events: string[], reason: string): Promise<void> {
  for (const event of events) expect(await reaches(line, event, 'parked')).toMatchObject({ reason })
}

async function expectReplayed(tenant: ConnectedTenant, events: string[], email: string): Promise<void> {
  for (const event of events) await reaches(line, event, 'done')
  expect(await inOrderOfFinishing(line, events)).toEqual(events)
  const there = line.activeTrail.control.contacts(tenant.token).find((one) => one.email === email)
  expect(there).toMatchObject({ first_name: 'Changed' })
}

/** A change whose own webhooks never arrive, so that only the events of the test tell of it. */
function change(contactId: string): void {
  line.highLevel.control.dropNextWebhooks(1)
  line.highLevel.control.updateContact(contactId, { firstName: 'Changed' })
}

test('what comes while HighLevel refuses our tokens waits for the app to be installed again', async () => {
  const tenant = await connectTenant(line, 0)
  const contact = await tenant.addContact('reconnect@example.com')
  line.highLevel.control.revokeTokens({ locationId: tenant.locationId })
  change(contact)
  const events = await sendChanges(tenant, contact)
  await expectParked(events, 'needs_reconnect')
  await install(line, tenant.locationId)
  await expectReplayed(tenant, events, 'reconnect@example.com')
})

test('what comes while the location is suspended waits until it is active again', async () => {
  const tenant = await connectTenant(line, 1)
  const contact = await tenant.addContact('suspended@example.com')
  line.highLevel.control.setLocationActive(tenant.locationId, false)
  line.highLevel.control.expireTokens({ locationId: tenant.locationId })
  change(contact)
  const events = await sendChanges(tenant, contact)
  await expectParked(events, 'suspended')
  line.highLevel.control.setLocationActive(tenant.locationId, true)
  await line.database.system
    .sql('installation_tokens')
    .where({ tenant_id: tenant.tenantId })
    .update({ expires_at: new Date(0) })
  await line.worker.accessTokens.getAccessToken(tenant.tenantId)
  await expectReplayed(tenant, events, 'suspended@example.com')
})

test('what comes while the partner refuses the credentials waits for new ones', async () => {
  const tenant = await connectTenant(line, 2)
  const contact = await tenant.addContact('refused@example.com')
  line.activeTrail.control.setAccess('revoked', tenant.token)
  change(contact)
  const events = await sendChanges(tenant, contact)
  await expectParked(events, 'credentials_refused')
  line.activeTrail.control.setAccess('open', tenant.token)
  const [connection] = await line.database.system.sql('connections').where({ tenant_id: tenant.tenantId })
  const renewed = await tenant.owner.send('PUT', `/settings/connections/${connection.id}/credentials`, {
    credentials: { token: tenant.token },
  })
  expect(renewed.status).toBe(204)
  await expectReplayed(tenant, events, 'refused@example.com')
})

test('what comes before the tokens are there waits for them', async () => {
  const { control } = line.highLevel
  const locationId = String(control.locations()[3]?.id)
  const appId = line.config.highLevel.appId
  const send = async (type: string, fields: object): Promise<string> => {
    const event = { type, locationId, appId, webhookId: crypto.randomUUID(), timestamp: new Date().toISOString() }
    control.sendWebhook({ ...event, ...fields })
    await eventually(
      () => storedAs(line, event.webhookId),
      (found) => found.length === 1,
    )
    return event.webhookId
  }
  await reaches(line, await send('INSTALL', { installType: 'Location' }), 'done')
  const early = await send('ContactUpdate', { id: control.contacts(locationId)[0]?.id ?? 'someContact' })
  expect(await reaches(line, early, 'parked')).toMatchObject({ reason: 'pending' })
  await install(line, locationId)
  expect(await reaches(line, early, 'done')).toMatchObject({ reason: 'no_flow' })
})

test('what was parked just as the obstacle went away does not wait for the next obstacle', async () => {
  const tenant = await connectTenant(line, 4)
  const contact = await tenant.addContact('race@example.com')
  // The connection is stopped while the event is being read, and mended again before the event is put aside.
  const connections = line.database.system.sql('connections').where({ tenant_id: tenant.tenantId })
  await connections.clone().update({ status: 'paused' })
  line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'slow', delayMs: 300 })
  change(contact)
  const lock = await line.database.system.sql.transaction()
  const event = await tenant.send('ContactUpdate', contact)
  await eventually(
    () => line.database.system.sql('deliveries').where({ delivery_id: event }).pluck('attempts'),
    ([attempts]) => attempts === 1,
  )
  await lock('deliveries').where({ delivery_id: event }).forUpdate().select('id')
  await eventually(
    () => line.database.system.sql('runs').where({ highlevel_id: contact, outcome: 'retrying' }).pluck('id'),
    (runs) => runs.length === 1,
  )
  await connections.clone().update({ status: 'active' })
  await lock.commit()
  await reaches(line, event, 'done')
})
