import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

const INVALID_CLIENT = { status: 400, body: { statusCode: 400, message: 'Invalid client: client is invalid' } }
const INVALID_GRANT = { status: 400, body: { statusCode: 400, message: 'Invalid grant: refresh token is invalid' } }
type Client = { clientId: string; clientSecret: string }

let sandbox: RunningSandbox
let locationId: string
let second: Client

beforeEach(async () => {
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[0]?.id ?? ''
  second = sandbox.control.addClientKey()
})
afterEach(() => sandbox.stop())

const fieldsOf = ({ clientId, clientSecret }: Client) => ({ client_id: clientId, client_secret: clientSecret })
const refreshAs = (client: Client, refreshToken: unknown): Promise<Answer> => {
  const grant = { grant_type: 'refresh_token', refresh_token: String(refreshToken) }
  return sandbox.call('/oauth/token', { form: { ...fieldsOf(client), ...grant } })
}
const pairOf = async (client: Client): Promise<Record<string, unknown>> => {
  const redirect = sandbox.control.installLocation(locationId, { clientId: client.clientId })
  return (await sandbox.exchange(redirect, fieldsOf(client))).body
}

test('a key looks like those of the portal, and its install link leads to a code for it alone', async () => {
  expect(second.clientId).toMatch(new RegExp(`^${registration.appId}-[0-9a-z]{8}$`))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: second.clientId,
    version_id: registration.appId,
    redirect_uri: registration.redirectUris[0] ?? '',
    scope: 'contacts.readonly',
  })
  const body = new URLSearchParams({ target: `location:${locationId}` })
  const page = `${sandbox.url}/v2/oauth/chooselocation?${query}`
  const chosen = await fetch(page, { method: 'POST', body, redirect: 'manual' })
  const redirect = chosen.headers.get('location') ?? ''
  const wrong = await sandbox.exchange(redirect)
  expect(wrong).toMatchObject({ status: 401, body: { error_description: 'Authorization code not found' } })
  expect((await sandbox.exchange(redirect, fieldsOf(second))).body.locationId).toBe(locationId)
})

test('a refresh token works with the client that obtained it only', async () => {
  const pair = await pairOf(second)
  expect(await refreshAs(registration, pair.refresh_token)).toMatchObject(INVALID_GRANT)
  const refreshed = await refreshAs(second, pair.refresh_token)
  expect(refreshed.status).toBe(200)
  expect(await refreshAs(registration, refreshed.body.refresh_token)).toMatchObject(INVALID_GRANT)
  const [, claims = ''] = String(refreshed.body.access_token).split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sourceId: second.clientId })
})

test('a token that was exchanged for a company belongs to the client of the company', async () => {
  const { control } = sandbox
  const companyId = control.companies()[0]?.id ?? ''
  const redirect = control.installCompany(companyId, { clientId: second.clientId })
  const company = (await sandbox.exchange(redirect, fieldsOf(second))).body
  const form = { companyId, locationId }
  const minted = (await sandbox.call('/oauth/locationToken', { token: String(company.access_token), form })).body
  expect(await refreshAs(registration, minted.refresh_token)).toMatchObject(INVALID_GRANT)
  expect((await refreshAs(second, minted.refresh_token)).status).toBe(200)
})

test('a wrong secret, and a key that nobody knows, are refused as clients', async () => {
  const pair = await pairOf(second)
  expect(await refreshAs({ ...second, clientSecret: 'guess' }, pair.refresh_token)).toMatchObject(INVALID_CLIENT)
  const crossed = { ...second, clientSecret: registration.clientSecret }
  expect(await refreshAs(crossed, pair.refresh_token)).toMatchObject(INVALID_CLIENT)
  expect(await refreshAs({ clientId: 'nobody', clientSecret: 'x' }, pair.refresh_token)).toMatchObject(INVALID_CLIENT)
  expect((await refreshAs(second, pair.refresh_token)).status).toBe(200)
})

test('a key can have two secrets while one takes the place of the other', async () => {
  const { control } = sandbox
  const { clientId } = registration
  const next = control.addClientSecret(clientId)
  let pair = await pairOf(registration)
  for (const clientSecret of [next, registration.clientSecret]) {
    const answer = await refreshAs({ clientId, clientSecret }, pair.refresh_token)
    expect(answer.status).toBe(200)
    pair = answer.body
  }
  control.removeClientSecret(clientId, registration.clientSecret)
  expect(await refreshAs(registration, pair.refresh_token)).toMatchObject(INVALID_CLIENT)
  expect((await refreshAs({ clientId, clientSecret: next }, pair.refresh_token)).status).toBe(200)
})

test('a key that is taken back refreshes and installs nothing more', async () => {
  const { control } = sandbox
  const pair = await pairOf(registration)
  control.removeClientKey(registration.clientId)
  expect(await refreshAs(registration, pair.refresh_token)).toMatchObject(INVALID_CLIENT)
  expect(await refreshAs(second, pair.refresh_token)).toMatchObject(INVALID_GRANT)
  expect((await sandbox.call(`/locations/${locationId}`, { token: String(pair.access_token) })).status).toBe(200)
  expect(await (await fetch(sandbox.url)).text()).toContain(`client_id=${second.clientId}`)
  expect(() => control.removeClientKey(registration.clientId)).toThrow('There is no client key')
})

test('an app can be registered with several keys from the start', async () => {
  const clients = [
    { clientId: 'one', clientSecrets: ['a', 'b'] },
    { clientId: 'two', clientSecrets: ['c'] },
  ]
  const several = await startSandbox({ registration: { ...registration, clients } })
  const redirect = several.control.installLocation(locationId)
  const answer = await several.exchange(redirect, { client_id: 'one', client_secret: 'b' })
  expect(answer.status).toBe(200)
  await several.stop()
})
