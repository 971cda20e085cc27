import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { getLocationName } from '../../src/highlevel/locations.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { apiOf } from './api-of.ts'
import { expire, type Installed, installed, refreshesAt, statusOf } from './installed.ts'

let line: Line
let account: Installed

beforeAll(async () => {
  line = await startLine()
})
afterEach(() => line.highLevel.control.clearFaults())
afterAll(() => line?.close())

const ENOUGH = 50
/** How often the product asks again in each test: often enough for a loop to show. */
const TRIES = 5

const said = (statusCode: number, message: string | string[], error?: string) => ({
  status: statusCode,
  body: { statusCode, message, ...(error && { error }) },
})

const INVALID_TOKEN = said(401, 'Invalid token: access token is invalid', 'Unauthorized')
const NO_CODE = { status: 401, body: { error: 'UnAuthorized!', error_description: 'Authorization code not found' } }
const GONE = said(400, 'API endpoint has been removed', 'Bad Request')
const NOT_IN_V3 = said(
  400,
  'Endpoint POST /oauth/token is not available in API version v3. It was removed in version v3, use a version before v3.',
)
const ENVELOPE = { status: 404, body: { error: { code: 'RESOURCE_NOT_FOUND', message: 'No such installation' } } }

/** What the token endpoint may answer to a refresh, and what the installation is then. */
test.each([
  ['a spent token', said(400, 'Invalid grant: refresh token is invalid'), 'needs_reconnect'],
  ['an expired one', said(400, 'Invalid grant: refresh token has expired'), 'needs_reconnect'],
  ['a suspended location', said(400, 'Location is not active'), 'suspended'],
  ['a wrong grant type', said(400, 'Invalid parameter: grantType'), 'active'],
  ['a missing client', said(400, 'Missing parameter: clientId'), 'active'],
  ['a wrong client', said(400, 'Invalid client: client is invalid'), 'active'],
  ['a rejected bearer', INVALID_TOKEN, 'active'],
  ['a code that nobody sent', NO_CODE, 'active'],
  ['a malformed request', said(422, ['grant_type must be a string'], 'Unprocessable Entity'), 'active'],
  ['a removed endpoint', GONE, 'active'],
  ['an endpoint of another generation', NOT_IN_V3, 'active'],
  ['the newer envelope', ENVELOPE, 'active'],
  ['trouble of its own', said(500, 'Internal server error'), 'active'],
  ['too many requests', said(429, 'Too Many Requests'), 'active'],
])('a refresh refused for %s is asked once each time, at the most', async (_name, refusal, status) => {
  account = await installed(line, 0)
  await untilAnswered()
  await expire(line, account)
  line.highLevel.control.clearRequests()
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'answer', ...refusal, times: ENOUGH })
  for (let tries = 1; tries <= TRIES; tries++) {
    await expect(line.worker.accessTokens.getAccessToken(account.tenantId)).rejects.toThrow()
    // An error of the server may hide a rotation: only then the same token goes out once more, at once.
    const asked = refusal.status >= 500 ? 2 * tries : tries
    expect(refreshesAt(line).length).toBeLessThanOrEqual(status === 'needs_reconnect' ? 1 : asked)
  }
  expect(await statusOf(line, account.tenantId)).toBe(status)
  expect(new Set(refreshesAt(line)).size).toBe(1)
})

/** Trouble of the test before may have made the product leave the endpoint alone for a while. */
async function untilAnswered(): Promise<void> {
  await expire(line, account)
  const renewed = () => line.worker.accessTokens.getAccessToken(account.tenantId).catch(() => null)
  await eventually(renewed, (token) => token !== null)
}

test('the tokens of a suspended location are kept, and work again with it', async () => {
  account = await installed(line, 0)
  await untilAnswered()
  await untilAnswered()
  await expire(line, account)
  line.highLevel.control.setLocationActive(account.locationId, false)
  await expect(line.worker.accessTokens.getAccessToken(account.tenantId)).rejects.toMatchObject({ code: 'suspended' })
  expect(await statusOf(line, account.tenantId)).toBe('suspended')
  line.highLevel.control.setLocationActive(account.locationId, true)
  expect(await line.worker.accessTokens.getAccessToken(account.tenantId)).toBeTruthy()
  expect(await statusOf(line, account.tenantId)).toBe('active')
})

/** What any endpoint may answer to a call: how often it is asked, and whether a refresh is worth trying. */
test.each([
  ['a rejected token', INVALID_TOKEN, { calls: 2, refreshes: 1 }],
  ['an expired token', said(401, 'Invalid JWT'), { calls: 2, refreshes: 1 }],
  ['a missing scope', said(401, 'The token is not authorized for this scope.'), { calls: 1, refreshes: 0 }],
  [
    'a company’s token',
    said(
      401,
      'This authClass type is not allowed to access this scope. Please verify your IAM configuration if this is not the case.',
    ),
    { calls: 1, refreshes: 0 },
  ],
  ['a token of another class', said(401, "Token's user type mismatch!"), { calls: 1, refreshes: 0 }],
  ['another location', said(403, 'The token does not have access to this location.'), { calls: 1, refreshes: 0 }],
  ['a missing version', said(401, 'version header was not found.'), { calls: 1, refreshes: 0 }],
  ['an unknown version', said(401, 'version header is invalid'), { calls: 1, refreshes: 0 }],
  ['an unknown version, said otherwise', said(400, 'Invalid API version segment 2020'), { calls: 1, refreshes: 0 }],
])('a call refused for %s is not repeated blindly', async (_name, refusal, expected) => {
  account = await installed(line, 1)
  await untilAnswered()
  const path = `/locations/${account.locationId}`
  line.highLevel.control.clearRequests()
  line.highLevel.control.failNext({ path, kind: 'answer', ...refusal, times: ENOUGH })
  await expect(getLocationName(apiOf(line, account.tenantId), account.locationId)).rejects.toThrow()
  expect(line.highLevel.control.requests({ path })).toHaveLength(expected.calls)
  expect(refreshesAt(line)).toHaveLength(expected.refreshes)
  expect(await statusOf(line, account.tenantId)).toBe('active')
})
