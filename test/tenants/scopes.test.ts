import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { allSettled, type ConnectedTenant, connectTenant, reaches } from '../webhooks/tenants.ts'
import { actionsOf, refreshesAt } from './installed.ts'
import { missingScopesIn, without } from './scopes-of.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterEach(() => {
  line.highLevel.control.clearFaults()
  line.highLevel.control.clearRequests()
})
afterAll(() => line?.close())

const installWith = async (locationId: string, scopes: string[]): Promise<void> => {
  expect((await fetch(line.highLevel.control.installLocation(locationId, { scopes }))).status).toBe(200)
}

const contactCalls = (): number => line.highLevel.control.requests({ path: '/contacts/' }).length
const pageOf = async ({ owner }: ConnectedTenant): Promise<string> => (await owner.get('/settings/home')).text()

/** A change whose own webhooks never arrive, so that only the events of the test tell of it. */
function changeSilently(contactId: string, firstName: string): void {
  line.highLevel.control.dropNextWebhooks(1)
  line.highLevel.control.updateContact(contactId, { firstName })
}

test('events wait for a scope that was not granted, without a call, and are done when it is', async () => {
  const tenant = await connectTenant(line, 0)
  const contact = await tenant.addContact('waits@example.com')
  await installWith(tenant.locationId, without('contacts.readonly'))
  line.highLevel.control.clearRequests()
  line.highLevel.control.updateContact(contact, { firstName: 'Later' })
  const events = [await tenant.send('ContactUpdate', contact), await tenant.send('ContactTagUpdate', contact)]
  for (const event of events) expect(await reaches(line, event, 'parked')).toMatchObject({ reason: 'scopes_missing' })
  expect(await reaches(line, await tenant.send('NoteCreate', contact), 'done')).toMatchObject({ reason: 'no_flow' })
  expect(contactCalls()).toBe(0)
  const page = await pageOf(tenant)
  expect(page).toContain('Switched off, because a permission is missing')
  expect(page).toContain('Reading contacts and hearing of their changes')
  expect(page).toMatch(/href="\/oauth\/install" target="_blank"/)

  await installWith(tenant.locationId, [...SCOPES])
  for (const event of events) await reaches(line, event, 'done')
  expect(line.activeTrail.control.contacts(tenant.token)).toContainEqual(
    expect.objectContaining({ email: 'waits@example.com', first_name: 'Later' }),
  )
  expect(await missingScopesIn(line, tenant.tenantId)).toEqual(['contacts.readonly', ''])
  expect(await pageOf(tenant)).not.toContain('Switched off')
})

test('a refusal for want of a scope refreshes nothing, parks, is shown, and is not asked for twice', async () => {
  const tenant = await connectTenant(line, 1)
  const contact = await tenant.addContact('refused@example.com')
  changeSilently(contact, 'Refused')
  line.highLevel.control.clearRequests()
  const body = { statusCode: 401, message: 'The token is not authorized for this scope.' }
  line.highLevel.control.failNext({ path: '/contacts/', kind: 'answer', status: 401, body })
  const first = await tenant.send('ContactUpdate', contact)
  expect(await reaches(line, first, 'parked')).toMatchObject({ reason: 'scopes_missing' })
  const second = await tenant.send('ContactUpdate', contact)
  expect(await reaches(line, second, 'parked')).toMatchObject({ reason: 'scopes_missing' })
  expect(contactCalls()).toBe(1)
  expect(refreshesAt(line)).toEqual([])
  expect(await missingScopesIn(line, tenant.tenantId)).toEqual(['contacts.readonly'])
  expect(await pageOf(tenant)).toContain('Reading contacts and hearing of their changes')

  await installWith(tenant.locationId, [...SCOPES])
  for (const event of [first, second]) await reaches(line, event, 'done')
  expect(await missingScopesIn(line, tenant.tenantId)).toEqual(['contacts.readonly', ''])
})

test('an update of the app brings fresh tokens, and their scopes are believed, both ways', async () => {
  const { control } = line.highLevel
  const tenant = await connectTenant(line, 2)
  const { tenantId, locationId } = tenant
  const contact = await tenant.addContact('updated@example.com')
  control.clearRequests()
  control.updateApp({ locationId }, { versionId: 'b'.repeat(24), scopes: without('contacts.readonly', 'oauth.write') })
  await eventually(
    () => missingScopesIn(line, tenantId),
    (missing) => missing.length === 1,
  )
  expect(refreshesAt(line)).toHaveLength(1)
  const event = await tenant.send('ContactUpdate', contact)
  expect(await reaches(line, event, 'parked')).toMatchObject({ reason: 'scopes_missing' })

  control.updateApp({ locationId }, { versionId: 'c'.repeat(24), scopes: without('oauth.write') })
  await reaches(line, event, 'done')
  expect(await missingScopesIn(line, tenantId)).toEqual(['contacts.readonly oauth.write', 'oauth.write'])
  expect(refreshesAt(line)).toHaveLength(2)
  const updates = (await actionsOf(line, tenantId)).filter((action) => action === 'installation.updated')
  expect(updates).toHaveLength(2)
})

test('a plan and a sign-in outside are audited', async () => {
  const { control } = line.highLevel
  const { tenantId, locationId } = await connectTenant(line, 3)
  control.changePlan({ locationId }, 'plan1')
  await allSettled(line)
  control.changePlan({ locationId }, 'plan2')
  await allSettled(line)
  control.connectExternalAuth(locationId, { authType: 'oauth2', scopes: 'x', isAutoRefreshTokenEnabled: true })
  await allSettled(line)
  const entries = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId })
    .whereIn('action', ['installation.plan_changed', 'installation.external_auth_connected'])
    .orderBy('seq')
  expect(entries.map(({ action }) => action)).toEqual([
    'installation.plan_changed',
    'installation.external_auth_connected',
  ])
  expect(entries[0].details).toMatchObject({ plan: 'plan2' })
  expect(entries[1].details).toMatchObject({ authType: 'oauth2' })
})
