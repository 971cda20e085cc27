import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

const HOUR_MS = 3_600_000
let sandbox: RunningSandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})
afterEach(() => sandbox.stop())

const location = (index: number) => {
  const found = sandbox.control.locations()[index]
  if (found === undefined) throw new Error(`no location ${index}`)
  return found
}
const company = () => {
  const [first] = sandbox.control.companies()
  if (first === undefined) throw new Error('no company')
  return first
}

test('a location install gives a location token, once per code', async () => {
  const redirect = sandbox.control.installLocation(location(0).id, { state: 'from-us' })
  expect(new URL(redirect).searchParams.get('state')).toBe('from-us')

  const first = await sandbox.exchange(redirect)
  expect(first.status).toBe(200)
  expect(first.body).toMatchObject({
    token_type: 'Bearer',
    expires_in: 86_399,
    userType: 'Location',
    locationId: location(0).id,
    companyId: location(0).companyId,
    isBulkInstallation: false,
    scope: registration.scopes.join(' '),
    traceId: expect.any(String),
  })
  const second = await sandbox.exchange(redirect)
  expect(second.status).toBe(401)
  expect(second.body).toMatchObject({ error: 'UnAuthorized!', error_description: 'Authorization code not found' })
})

test('a wrong secret looks like a wrong code, and does not spend the code', async () => {
  const redirect = sandbox.control.installLocation(location(0).id)
  const refused = await sandbox.exchange(redirect, { client_secret: 'guess' })
  expect(refused.status).toBe(401)
  expect(refused.body.error_description).toBe('Authorization code not found')
  expect((await sandbox.exchange(redirect)).status).toBe(200)
})

test('the token endpoint takes JSON too, and says what is missing or wrong', async () => {
  const { clientId: client_id, clientSecret: client_secret } = registration
  const ask = async (body: object) => (await sandbox.call('/oauth/token', { body, version: null })).body
  expect(await ask({})).toMatchObject({ statusCode: 400, message: 'Missing parameter: clientId' })
  expect(await ask({ client_id })).toMatchObject({ statusCode: 400, message: 'Missing parameter: clientSecret' })
  expect(await ask({ client_id, client_secret, grant_type: 'password' })).toMatchObject({
    statusCode: 400,
    message: 'Invalid parameter: grantType',
  })
  expect(await ask({ client_id, client_secret, grant_type: 'refresh_token' })).toMatchObject({
    message: 'Missing parameter: refreshToken',
  })
  expect(await ask({ client_id, client_secret, grant_type: 'refresh_token', user_type: 'Agency' })).toMatchObject({
    statusCode: 422,
    message: [expect.stringContaining('user_type')],
    error: 'Unprocessable Entity',
  })
})

test('a refresh token is spent by use, but answers the same for thirty seconds', async () => {
  const { body } = await sandbox.exchange(sandbox.control.installLocation(location(0).id))
  const [first, second] = await Promise.all([sandbox.refresh(body.refresh_token), sandbox.refresh(body.refresh_token)])
  expect(first.body.refresh_token).not.toBe(body.refresh_token)
  expect(second.body.refresh_token).toBe(first.body.refresh_token)

  sandbox.control.advance(29_000)
  expect((await sandbox.refresh(body.refresh_token)).body.refresh_token).toBe(first.body.refresh_token)
  sandbox.control.advance(1_000)
  const late = await sandbox.refresh(body.refresh_token)
  expect(late.status).toBe(400)
  expect(late.body).toMatchObject({ statusCode: 400, message: 'Invalid grant: refresh token is invalid' })
  expect((await sandbox.refresh(first.body.refresh_token)).status).toBe(200)
})

test('an access token ends after a day, a refresh token after a year', async () => {
  const { body } = await sandbox.exchange(sandbox.control.installLocation(location(0).id))
  const read = () => sandbox.call(`/locations/${location(0).id}`, { token: String(body.access_token) })
  expect((await read()).status).toBe(200)
  sandbox.control.advance(24 * HOUR_MS)
  expect(await read()).toMatchObject({ status: 401, body: { message: 'Invalid JWT', error: 'Unauthorized' } })
  sandbox.control.advance(364 * 24 * HOUR_MS)
  expect((await sandbox.refresh(body.refresh_token)).status).toBe(400)
})

test('tokens can be made to end now, to be revoked, and to hide their lifetime', async () => {
  const { control } = sandbox
  const { id } = location(3)
  const { body } = await sandbox.exchange(control.installLocation(id))
  control.expireTokens({ locationId: id })
  const read = await sandbox.call(`/locations/${id}`, { token: String(body.access_token) })
  expect(read.body.message).toBe('Invalid JWT')

  control.setTokenLifetime(60)
  const refreshed = await sandbox.refresh(body.refresh_token)
  expect(refreshed.body.expires_in).toBe(60)
  control.setTokenLifetime(null)
  const silent = await sandbox.refresh(refreshed.body.refresh_token)
  expect(silent.body).not.toHaveProperty('expires_in')

  control.revokeTokens({ locationId: id })
  const refused = await sandbox.call(`/locations/${id}`, { token: String(silent.body.access_token) })
  expect(refused.body.message).toBe('Invalid token: access token is invalid')
  expect((await sandbox.refresh(silent.body.refresh_token)).body.message).toBe(
    'Invalid grant: refresh token is invalid',
  )
})

test('a suspended location gets no token, and its refresh token works again afterwards', async () => {
  const { control } = sandbox
  const { id } = location(1)
  const { body } = await sandbox.exchange(control.installLocation(id))
  control.setLocationActive(id, false)
  expect(await sandbox.refresh(body.refresh_token)).toMatchObject({
    status: 400,
    body: { message: 'Location is not active' },
  })
  control.setLocationActive(id, true)
  expect((await sandbox.refresh(body.refresh_token)).status).toBe(200)
})

test('an agency install gives a company token, exchanged for each installed location', async () => {
  const { control } = sandbox
  const [first, second] = control.locations(company().id)
  const answer = await sandbox.exchange(control.installCompany(company().id, { locationIds: [first?.id ?? ''] }))
  expect(answer.body).toMatchObject({
    userType: 'Company',
    companyId: company().id,
    isBulkInstallation: true,
    installToFutureLocations: false,
    approveAllLocations: false,
  })
  expect(answer.body).not.toHaveProperty('locationId')

  const token = String(answer.body.access_token)
  const exchange = (locationId = '') =>
    sandbox.call('/oauth/locationToken', { token, form: { companyId: company().id, locationId } })
  const minted = await exchange(first?.id)
  expect(minted.status).toBe(201)
  expect(minted.body).toMatchObject({ locationId: first?.id, expires_in: 86_400, refresh_token: expect.any(String) })
  const read = await sandbox.call(`/locations/${first?.id}`, { token: String(minted.body.access_token) })
  expect(read.status).toBe(200)

  const { id: strangers } = location(4)
  expect((await exchange(strangers)).status).toBe(403)
  expect((await exchange()).body.message).toEqual(['locationId should not be empty'])
  control.uninstall({ locationId: second?.id ?? '' })
  expect((await exchange(second?.id)).status).toBe(403)
})

test('the installed locations are listed page by page', async () => {
  const { control } = sandbox
  const { body } = await sandbox.exchange(control.installCompany(company().id, { futureLocations: true }))
  const opened = control.createLocation(company().id, 'Haifa Port Studio')
  const list = async (query: string) => {
    const path = `/oauth/installedLocations?companyId=${company().id}&appId=${registration.appId}&${query}`
    return (await sandbox.call(path, { token: String(body.access_token) })).body
  }
  const all = await list('isInstalled=true')
  expect(all).toMatchObject({ count: 4, installToFutureLocations: true })
  expect(all.locations).toHaveLength(4)
  expect((await list('isInstalled=true&skip=3&limit=2')).locations).toMatchObject([
    { _id: opened.id, name: 'Haifa Port Studio', isInstalled: true, versionId: registration.appId },
  ])
  control.uninstall({ locationId: opened.id })
  expect((await list('isInstalled=false')).locations).toMatchObject([{ _id: opened.id, isInstalled: false }])
})

test('an app uninstalls itself from one location, or from an agency with all of it', async () => {
  const { control } = sandbox
  const path = `/marketplace/app/${registration.appId}/installations`
  const { body } = await sandbox.exchange(control.installLocation(location(0).id))
  const token = String(body.access_token)
  const incomplete = await sandbox.call(path, { method: 'DELETE', token, body: { locationId: location(0).id } })
  expect(incomplete).toMatchObject({ status: 422, body: { message: ['reason should not be empty'] } })
  const wrong = { locationId: location(1).id, reason: 'test' }
  expect((await sandbox.call(path, { method: 'DELETE', token, body: wrong })).status).toBe(403)

  const right = { locationId: location(0).id, reason: 'The owner disconnected.' }
  const done = await sandbox.call(path, { method: 'DELETE', token, body: right })
  expect(done).toMatchObject({ status: 200, body: { success: true } })
  expect((await sandbox.call(path, { method: 'DELETE', token, body: right })).status).toBe(401)
  expect((await sandbox.refresh(body.refresh_token)).body.message).toBe('Invalid grant: refresh token is invalid')

  const agency = await sandbox.exchange(control.installCompany(company().id))
  const companyToken = String(agency.body.access_token)
  const details = await sandbox.call(path, { token: companyToken })
  expect(details.body.installationDetails).toMatchObject({ companyId: company().id, companyEmail: company().email })
  const gone = { companyId: company().id, reason: 'The agency left.' }
  expect((await sandbox.call(path, { method: 'DELETE', token: companyToken, body: gone })).status).toBe(200)
  expect(control.installs().filter((install) => install.companyId === company().id)).toEqual([])
})
