import { afterAll, beforeEach, expect, test } from 'vitest'
import { REFUSALS } from '../../../src/sandbox/highlevel/refusals.ts'
import { type Answer, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

const YEAR_MS = 365 * 24 * 3_600_000
const client = { client_id: registration.clientId, client_secret: registration.clientSecret }

let sandbox: RunningSandbox
let locationId: string
let companyId: string

beforeEach(async () => {
  await sandbox?.stop()
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[0]?.id ?? ''
  companyId = sandbox.control.companies()[0]?.id ?? ''
})
afterAll(() => sandbox?.stop())

type Pair = { access: string; refresh: string }
async function install(scopes = registration.scopes): Promise<Pair> {
  const { body } = await sandbox.exchange(sandbox.control.installLocation(locationId, { scopes }))
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}
async function installCompany(): Promise<string> {
  return String((await sandbox.exchange(sandbox.control.installCompany(companyId))).body.access_token)
}
const askToken = (form: Record<string, string>): Promise<Answer> => sandbox.call('/oauth/token', { form })
const readTags = (token: string, version?: string | null): Promise<Answer> =>
  sandbox.call(`/locations/${locationId}/tags`, { token, ...(version !== undefined && { version }) })

const CAUSES: [how: string, name: keyof typeof REFUSALS, cause: () => Promise<Answer>][] = [
  ['a grant type that nobody knows', 'grantTypeInvalid', () => askToken({ ...client, grant_type: 'password' })],
  [
    'a grant type that is not simulated',
    'grantTypeInvalid',
    () => askToken({ ...client, grant_type: 'client_credentials' }),
  ],
  ['no client id', 'clientIdMissing', () => askToken({ grant_type: 'refresh_token', refresh_token: 'x' })],
  ['a refresh token that nobody knows', 'refreshTokenInvalid', () => sandbox.refresh('unknown')],
  [
    'a spent refresh token',
    'refreshTokenInvalid',
    async () => {
      const { refresh } = await install()
      await sandbox.refresh(refresh)
      sandbox.control.advance(30_000)
      return sandbox.refresh(refresh)
    },
  ],
  [
    'a refresh token of a year ago',
    'refreshTokenInvalid',
    async () => {
      const { refresh } = await install()
      sandbox.control.advance(YEAR_MS)
      return sandbox.refresh(refresh)
    },
  ],
  [
    'a revoked refresh token',
    'refreshTokenInvalid',
    async () => {
      const { refresh } = await install()
      sandbox.control.revokeTokens({ locationId })
      return sandbox.refresh(refresh)
    },
  ],
  [
    'a refresh token after the app was uninstalled',
    'refreshTokenInvalid',
    async () => {
      const { refresh } = await install()
      sandbox.control.uninstall({ locationId })
      return sandbox.refresh(refresh)
    },
  ],
  [
    'a refresh token of another client key',
    'refreshTokenInvalid',
    async () => {
      const { refresh } = await install()
      const { clientId: client_id, clientSecret: client_secret } = sandbox.control.addClientKey()
      return askToken({ client_id, client_secret, grant_type: 'refresh_token', refresh_token: refresh })
    },
  ],
  [
    'a refresh with a wrong secret',
    'clientInvalid',
    async () => {
      const grant = { grant_type: 'refresh_token', refresh_token: (await install()).refresh }
      return askToken({ ...client, client_secret: 'guess', ...grant })
    },
  ],
  [
    'a refresh for a suspended location',
    'locationNotActive',
    async () => {
      const { refresh } = await install()
      sandbox.control.setLocationActive(locationId, false)
      return sandbox.refresh(refresh)
    },
  ],
  [
    'a code of a suspended location',
    'locationNotActive',
    () => {
      const redirect = sandbox.control.installLocation(locationId)
      sandbox.control.setLocationActive(locationId, false)
      return sandbox.exchange(redirect)
    },
  ],
  [
    'a location token for a suspended location',
    'locationNotActive',
    async () => {
      const token = await installCompany()
      sandbox.control.setLocationActive(locationId, false)
      return sandbox.call('/oauth/locationToken', { token, form: { companyId, locationId } })
    },
  ],
  ['a code that nobody knows', 'codeNotFound', () => sandbox.exchange('https://app.example/?code=unknown')],
  [
    'a used code',
    'codeNotFound',
    async () => {
      const redirect = sandbox.control.installLocation(locationId)
      await sandbox.exchange(redirect)
      return sandbox.exchange(redirect)
    },
  ],
  [
    'a code with a wrong secret',
    'codeNotFound',
    () => sandbox.exchange(sandbox.control.installLocation(locationId), { client_secret: 'guess' }),
  ],
  [
    'a location token for no location',
    'fieldMissing',
    async () => sandbox.call('/oauth/locationToken', { token: await installCompany(), form: { companyId } }),
  ],
  [
    'the endpoint for reconnecting',
    'endpointRemoved',
    () => {
      const { clientId: clientKey, clientSecret } = registration
      return sandbox.call('/oauth/reconnect', { body: { clientKey, clientSecret, locationId } })
    },
  ],
  [
    'an old path under v3',
    'removedInV3',
    async () =>
      sandbox.call('/oauth/locationToken', { token: await installCompany(), version: 'v3', form: { companyId } }),
  ],
  [
    'a revoked access token',
    'accessTokenInvalid',
    async () => {
      const { access } = await install()
      sandbox.control.revokeTokens({ locationId })
      return readTags(access)
    },
  ],
  ['no access token', 'accessTokenInvalid', () => sandbox.call(`/locations/${locationId}/tags`)],
  [
    'an expired access token',
    'jwtInvalid',
    async () => {
      const { access } = await install()
      sandbox.control.expireTokens({ locationId })
      return readTags(access)
    },
  ],
  ['a garbled access token', 'jwtInvalid', () => readTags('garbled')],
  ['a scope that was not granted', 'scopeMissing', async () => readTags((await install(['contacts.readonly'])).access)],
  ["a company's token where a location's is due", 'wrongTokenClass', async () => readTags(await installCompany())],
  [
    "a location's token where a company's is due",
    'wrongTokenClass',
    async () =>
      sandbox.call('/oauth/locationToken', { token: (await install()).access, form: { companyId, locationId } }),
  ],
  [
    'a location of another tenant',
    'otherTenant',
    async () => {
      const { access } = await install()
      return sandbox.call(`/locations/${sandbox.control.locations()[1]?.id}/tags`, { token: access })
    },
  ],
  [
    'a location of another company',
    'otherTenant',
    async () => {
      const form = { companyId, locationId: sandbox.control.locations().at(-1)?.id ?? '' }
      return sandbox.call('/oauth/locationToken', { token: await installCompany(), form })
    },
  ],
  ['no version header', 'versionMissing', async () => readTags((await install()).access, null)],
  ['a version that nobody knows', 'versionInvalid', async () => readTags((await install()).access, '2019-01-01')],
  [
    'one request too many',
    'tooManyRequests',
    async () => {
      const { access } = await install()
      sandbox.control.setRateLimit({ burst: 1 })
      await readTags(access)
      return readTags(access)
    },
  ],
]

test.each(CAUSES)('%s is refused: %s', async (_how, name, cause) => {
  const { status, body } = await cause()
  const { traceId, ...said } = body
  expect({ status, body: said }).toEqual(REFUSALS[name])
  expect(traceId).toEqual(expect.any(String))
})

/** Private tokens are not simulated; of the two answers to an unknown version the sandbox gives one. */
const ON_DEMAND_ONLY = ['userTypeMismatch', 'versionSegmentInvalid']

test('every refusal has a natural cause here, or is known to have none', () => {
  const caused = CAUSES.map(([, name]) => name)
  expect([...new Set([...caused, ...ON_DEMAND_ONLY])].toSorted()).toEqual(Object.keys(REFUSALS).toSorted())
})

test.each(Object.entries(REFUSALS))('%s can be had on demand', async (_name, refusal) => {
  const { access } = await install()
  sandbox.control.failNext({ path: '/locations/', kind: 'answer', ...refusal })
  expect(await readTags(access)).toMatchObject(refusal)
  expect((await readTags(access)).status).toBe(200)
})
