import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createAccessTokens } from '../../src/tenants/access-tokens.ts'
import { companyTenantId, locationTenantId } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { allSettled, type ConnectedTenant, connectTenant, reaches } from '../webhooks/tenants.ts'
import { actionsOf, becomes, refreshesAt } from './installed.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterEach(() => {
  line.highLevel.control.clearFaults()
  line.highLevel.control.clearRequests()
})
afterAll(() => line?.close())

const without = (...missing: string[]): string[] => SCOPES.filter((scope) => !missing.includes(scope))

const installWith = async (locationId: string, scopes: string[]): Promise<void> => {
  expect((await fetch(line.highLevel.control.installLocation(locationId, { scopes }))).status).toBe(200)
}

/** What the log says was missing, each time it changed. */
const missingIn = async (tenantId: string): Promise<string[]> => {
  const details: { missing: string }[] = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, action: 'installation.scopes_changed' })
    .orderBy('seq')
    .pluck('details')
  return details.map(({ missing }) => missing)
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
  expect(await reaches(line, await tenant.send('NoteCreate', contact), 'ignored')).toBeTruthy()
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
  expect(await missingIn(tenant.tenantId)).toEqual(['contacts.readonly', ''])
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
  expect(await missingIn(tenant.tenantId)).toEqual(['contacts.readonly'])
  expect(await pageOf(tenant)).toContain('Reading contacts and hearing of their changes')

  await installWith(tenant.locationId, [...SCOPES])
  for (const event of [first, second]) await reaches(line, event, 'done')
  expect(await missingIn(tenant.tenantId)).toEqual(['contacts.readonly', ''])
})

test('a refresh that names other scopes is believed, both ways', async () => {
  const tenant = await connectTenant(line, 2)
  const { tenantId } = tenant
  const contact = await tenant.addContact('refreshed@example.com')
  await refreshNaming(tenantId, without('contacts.readonly', 'oauth.write'))
  const event = await tenant.send('ContactUpdate', contact)
  expect(await reaches(line, event, 'parked')).toMatchObject({ reason: 'scopes_missing' })
  await refreshNaming(tenantId, [])
  expect(await missingIn(tenantId)).toEqual(['contacts.readonly oauth.write'])
  await refreshNaming(tenantId, without('oauth.write'))
  expect(await missingIn(tenantId)).toEqual(['contacts.readonly oauth.write', 'oauth.write'])
  await eventually(
    () => line.database.system.sql('pgboss.job').where({ name: 'replay-parked', singleton_key: tenantId }).select('id'),
    (jobs) => jobs.length > 0,
  )
  await installWith(tenant.locationId, [...SCOPES])
  await reaches(line, event, 'done')
})

/** One refresh by the product's own engine, to which the platform answers with these scopes. */
async function refreshNaming(tenantId: string, scopes: string[]): Promise<void> {
  const grant = {
    accessToken: `access ${Math.random()}`,
    refreshToken: `refresh ${Math.random()}`,
    expiresIn: 86_399,
    scopes,
    userType: 'Location' as const,
    companyId: null,
    locationId: null,
    userId: null,
    planId: null,
    versionId: null,
    futureLocations: false,
    clientId: null,
  }
  const never = async (): Promise<never> => {
    throw new Error('Nothing else is asked.')
  }
  const enqueued: string[] = []
  const tokens = createAccessTokens({
    database: line.database,
    refreshDatabase: line.database,
    vault: createVault(line.config.encryptionKeys),
    oauth: {
      refresh: async () => grant,
      exchangeCode: never,
      exchangeForLocation: never,
      listInstalledLocations: never,
      findInstalledLocations: never,
    },
    enqueue: async (_db, name) => void enqueued.push(name),
    now: Date.now,
    log: createLogger({ level: 'silent' }),
  })
  const held = await tokens.getAccessToken(tenantId)
  const wasOff = (await missingIn(tenantId)).at(-1)?.includes('contacts.readonly') ?? false
  expect(await tokens.getAccessToken(tenantId, held)).toBe(grant.accessToken)
  expect(enqueued).toEqual(wasOff && scopes.includes('contacts.readonly') ? ['replay-parked'] : [])
}

test('a company that lacks a scope is not asked in vain, and catches up when it has it', async () => {
  const { control } = line.highLevel
  const { appId } = line.config.highLevel
  const companyId = String(control.locations()[4]?.companyId)
  const tenant = locationTenantId(appId, String(control.locations()[4]?.id))
  control.clearRequests()
  expect(
    (await fetch(control.installCompany(companyId, { scopes: without('oauth.readonly', 'oauth.write') }))).status,
  ).toBe(200)
  await allSettled(line)
  for (const said of ['the locations of a company cannot be listed', 'locations cannot be given their tokens']) {
    await eventually(
      () => line.logged.filter((entry) => entry.includes(said)).length,
      (count) => count > 0,
    )
  }
  expect(control.requests({ path: '/oauth/installedLocations' })).toEqual([])
  expect(control.requests({ path: '/oauth/locationToken' })).toEqual([])
  expect(await missingIn(companyTenantId(appId, companyId))).toEqual(['oauth.readonly oauth.write'])

  expect((await fetch(control.installCompany(companyId, { scopes: without('oauth.readonly') }))).status).toBe(200)
  await becomes(line, tenant, 'active')
  expect(control.requests({ path: '/oauth/installedLocations' })).toEqual([])
})

/** The fields that the platform's page about the event documents. */
const lifecycle = (type: string, locationId: string, fields: object): void => {
  line.highLevel.control.sendWebhook({
    type,
    locationId,
    appId: line.config.highLevel.appId,
    webhookId: crypto.randomUUID(),
    timestamp: new Date().toISOString(),
    ...fields,
  })
}

test('an update is audited and brings fresh tokens; a plan and a sign-in outside are audited', async () => {
  const tenant = await connectTenant(line, 3)
  line.highLevel.control.clearRequests()
  lifecycle('UPDATE', tenant.locationId, { versionId: 'version2', previousVersionId: 'version1', planId: 'plan1' })
  await eventually(
    () => refreshesAt(line).length,
    (count) => count === 1,
  )
  lifecycle('PLAN_CHANGE', tenant.locationId, { currentPlanId: 'plan1', newPlanId: 'plan2' })
  lifecycle('EXTERNAL_AUTH_CONNECTED', tenant.locationId, { authType: 'oauth2' })
  await allSettled(line)
  const actions = await actionsOf(line, tenant.tenantId)
  for (const action of ['updated', 'plan_changed', 'external_auth_connected']) {
    expect(actions.filter((one) => one === `installation.${action}`)).toHaveLength(1)
  }
  const [entry] = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenant.tenantId, action: 'installation.external_auth_connected' })
  expect(entry.details).toMatchObject({ authType: 'oauth2' })
  expect(refreshesAt(line)).toHaveLength(1)
})
