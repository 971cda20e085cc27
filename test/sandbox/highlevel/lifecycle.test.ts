import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Answer, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

const NEW_VERSION = '77f0a1b2c3d4e5f607182999'
const { appId } = registration

let receiver: Receiver
let sandbox: RunningSandbox
let companyId: string
let locationId: string

beforeEach(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
  companyId = sandbox.control.companies()[0]?.id ?? ''
  locationId = sandbox.control.locations(companyId)[0]?.id ?? ''
})
afterEach(async () => {
  await sandbox.stop()
  await receiver.stop()
})

/** The events that this sends. */
async function toldOf(act: () => void): Promise<Record<string, unknown>[]> {
  await sandbox.control.webhooksSettled()
  receiver.received.length = 0
  act()
  await sandbox.control.webhooksSettled()
  return receiver.received.map(({ body }) => body)
}
const envelope = { appId, timestamp: expect.any(String), webhookId: expect.any(String) }
const pairFrom = async (redirect: string): Promise<Record<string, unknown>> => (await sandbox.exchange(redirect)).body
const readTags = (token: unknown): Promise<Answer> =>
  sandbox.call(`/locations/${locationId}/tags`, { token: String(token) })
const installed = async (token: unknown, query: string): Promise<unknown[]> => {
  const path = `/oauth/installedLocations?companyId=${companyId}&appId=${appId}&${query}`
  return (await sandbox.call(path, { token: String(token) })).body.locations as unknown[]
}

test('an update is told with the fields of an installation and the version before', async () => {
  const { control } = sandbox
  control.installLocation(locationId)
  const told = await toldOf(() => control.updateApp({ locationId }, { versionId: NEW_VERSION }))
  expect(told).toEqual([
    {
      ...envelope,
      type: 'UPDATE',
      installType: 'Location',
      locationId,
      companyId,
      companyName: 'Carmel Growth Agency',
      userId: expect.any(String),
      isWhitelabelCompany: false,
      whitelabelDetails: {},
      versionId: NEW_VERSION,
      previousVersionId: appId,
    },
  ])
  const [contact] = await toldOf(() => control.createContact(locationId, { email: 'after@update.example' }))
  expect(contact).toMatchObject({ type: 'ContactCreate', versionId: NEW_VERSION })
  const [gone] = await toldOf(() => control.uninstall({ locationId }))
  expect(gone).toEqual({ ...envelope, type: 'UNINSTALL', locationId, versionId: NEW_VERSION })
})

test('new scopes come with the next refresh; the access token that is out keeps its own', async () => {
  const { control } = sandbox
  const scopes = ['locations.readonly', 'locations/tags.readonly']
  const before = await pairFrom(control.installLocation(locationId, { scopes: ['locations.readonly'] }))
  control.updateApp({ locationId }, { versionId: NEW_VERSION, scopes })
  expect((await readTags(before.access_token)).body.message).toBe('The token is not authorized for this scope.')
  const after = (await sandbox.refresh(before.refresh_token)).body
  expect(after.scope).toBe(scopes.join(' '))
  expect((await readTags(after.access_token)).status).toBe(200)
  expect((await readTags(before.access_token)).status).toBe(401)
})

test('an update of an agency reaches its locations, and those that installed by themselves keep their version', async () => {
  const { control } = sandbox
  const own = control.locations(companyId)[1]?.id ?? ''
  const company = await pairFrom(control.installCompany(companyId, { scopes: ['oauth.write', 'oauth.readonly'] }))
  control.installLocation(own)
  const form = { companyId, locationId }
  const location = (await sandbox.call('/oauth/locationToken', { token: String(company.access_token), form })).body
  expect(location.versionId).toBe(appId)

  const scopes = ['oauth.write', 'oauth.readonly', 'contacts.readonly']
  const told = await toldOf(() => control.updateApp({ companyId }, { versionId: NEW_VERSION, scopes }))
  expect(told.every(({ type, previousVersionId }) => type === 'UPDATE' && previousVersionId === appId)).toBe(true)
  expect(told.filter(({ installType }) => installType === 'Company')).toEqual([
    {
      ...envelope,
      type: 'UPDATE',
      installType: 'Company',
      companyId,
      versionId: NEW_VERSION,
      previousVersionId: appId,
    },
  ])
  expect(told).toHaveLength(3)
  expect(told.map((one) => one.locationId)).not.toContain(own)
  expect((await sandbox.refresh(company.refresh_token)).body.scope).toBe(scopes.join(' '))
  expect((await sandbox.refresh(location.refresh_token)).body.scope).toBe(scopes.join(' '))
  expect(await installed(company.access_token, `isInstalled=true&versionId=${NEW_VERSION}`)).toHaveLength(2)
  expect(await installed(company.access_token, `locationId=${own}`)).toMatchObject([{ versionId: appId }])
  const again = (await sandbox.call('/oauth/locationToken', { token: String(company.access_token), form })).body
  expect(again.versionId).toBe(NEW_VERSION)
})

test('a plan is told by its change, and shown where the platform shows it', async () => {
  const { control } = sandbox
  const free = await pairFrom(control.installLocation(locationId))
  expect(free).not.toHaveProperty('planId')
  const [first] = await toldOf(() => control.changePlan({ locationId }, 'plan-basic'))
  expect(first).not.toHaveProperty('currentPlanId')
  const [told] = await toldOf(() => control.changePlan({ locationId }, 'plan-plus'))
  expect(told).toEqual({
    ...envelope,
    type: 'PLAN_CHANGE',
    versionId: appId,
    locationId,
    companyId,
    userId: expect.any(String),
    currentPlanId: 'plan-basic',
    newPlanId: 'plan-plus',
  })
  expect((await sandbox.refresh(free.refresh_token)).body.planId).toBe('plan-plus')
  const details = await sandbox.call(`/marketplace/app/${appId}/installations`, { token: String(free.access_token) })
  expect(details.body.installationDetails).toMatchObject({ marketplaceAppPlanId: 'plan-plus' })
})

test('a paid app is installed with a plan, on trial perhaps, until the plan is changed', async () => {
  const { control } = sandbox
  const paid = { planId: 'plan-basic', trialDuration: 10 }
  let redirect = ''
  const told = await toldOf(() => {
    redirect = control.installCompany(companyId, { ...paid, locationIds: [locationId] })
  })
  const trial = { onTrial: true, trialDuration: 10, trialStartDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) }
  expect(told).toHaveLength(2)
  for (const install of told) expect(install).toMatchObject({ type: 'INSTALL', planId: 'plan-basic', trial })

  const company = await pairFrom(redirect)
  expect(company.planId).toBe('plan-basic')
  const form = { companyId, locationId }
  const minted = await sandbox.call('/oauth/locationToken', { token: String(company.access_token), form })
  expect(minted.body.planId).toBe('plan-basic')
  expect(await installed(company.access_token, 'planId=plan-basic&onTrial=true')).toMatchObject([{ _id: locationId }])

  const [changed, ...others] = await toldOf(() => control.changePlan({ companyId }, 'plan-plus'))
  expect(changed).toMatchObject({ type: 'PLAN_CHANGE', companyId, currentPlanId: 'plan-basic', newPlanId: 'plan-plus' })
  expect(changed).not.toHaveProperty('locationId')
  expect(others).toEqual([])
  expect(await installed(company.access_token, 'onTrial=true')).toEqual([])
  expect(await installed(company.access_token, 'planId=plan-plus')).toMatchObject([{ _id: locationId }])
})

test('a connected account of external authentication is told', async () => {
  const { control } = sandbox
  control.installLocation(locationId)
  const auth = { authType: 'oauth2', scopes: 'read write', isAutoRefreshTokenEnabled: true } as const
  expect(await toldOf(() => control.connectExternalAuth(locationId, auth))).toEqual([
    { ...envelope, type: 'EXTERNAL_AUTH_CONNECTED', versionId: appId, locationId, companyId, ...auth },
  ])
  const [basic] = await toldOf(() => control.connectExternalAuth(locationId, { authType: 'basic' }))
  expect(basic).not.toHaveProperty('scopes')
})

test('nothing happens to an app that is not installed', () => {
  const { control } = sandbox
  expect(() => control.updateApp({ locationId }, { versionId: NEW_VERSION })).toThrow('is not installed')
  expect(() => control.changePlan({ companyId }, 'plan-plus')).toThrow('is not installed')
  expect(() => control.connectExternalAuth(locationId, { authType: 'basic' })).toThrow('is not installed')
  expect(control.deliveries()).toEqual([])
})
