import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { signToken } from '../../src/lib/signed-token.ts'
import { type Line, startLine } from '../support/line.ts'
import { openPage } from '../support/people.ts'
import { accountOf, actionsOf, answerTo, type Installed, statusOf } from './installed.ts'

let line: Line
let account: Installed
let stranger: Installed

beforeAll(async () => {
  line = await startLine()
  account = accountOf(line, 0)
  stranger = accountOf(line, 4)
})

beforeEach(() => line.highLevel.control.clearRequests())
afterEach(() => line.highLevel.control.clearFaults())
afterAll(() => line?.close())

/** A browser, as far as installing goes: it begins here, and comes back with its cookie. */
async function begin(): Promise<{ state: string; cookie: string; setCookie: string }> {
  const answer = await fetch(`${line.appUrl}/oauth/install`, { redirect: 'manual' })
  expect(answer.status).toBe(302)
  const setCookie = String(answer.headers.get('set-cookie'))
  const state = new URL(String(answer.headers.get('location'))).searchParams.get('state')
  return { state: String(state), cookie: String(setCookie.split(';')[0]), setCookie }
}

const comeBack = (query: Record<string, string> | string, cookie?: string): Promise<Response> =>
  fetch(`${line.appUrl}/oauth/callback?${new URLSearchParams(query)}`, {
    headers: { accept: 'text/html', ...(cookie && { cookie }) },
  })

const newCode = (locationId = account.locationId): string =>
  String(new URL(line.highLevel.control.installLocation(locationId)).searchParams.get('code'))

const tokenRequests = (): number => line.highLevel.control.requests({ path: '/oauth/token' }).length

/** What a person sees when it did not work: a sentence and a reference, and nothing of the inside. */
async function expectRefusal(answer: Response, status: number, secrets: string[] = []): Promise<void> {
  const text = await answer.text()
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(text).toContain(String(answer.headers.get('x-request-id')))
  expect(text).not.toMatch(/node_modules|\.ts:\d|Error:|\bat \//)
  for (const secret of [String(line.config.highLevel.clients[0]?.secrets[0]), ...secrets])
    expect(text).not.toContain(secret)
}

test('an installation begun here, in this browser, is the administrator’s at once', async () => {
  const { state, cookie, setCookie } = await begin()
  expect(setCookie).toMatch(/HttpOnly/i)
  expect(setCookie).toMatch(/SameSite=Lax/i)
  expect(setCookie).toMatch(/Path=\/oauth/)
  const answer = await comeBack({ code: newCode(), state }, cookie)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain(line.highLevel.control.locations()[0]?.name)
  expect(await statusOf(line, account.tenantId)).toBe('active')
  expect(tokenRequests()).toBe(1)
})

test('one begun in the marketplace belongs to nobody until an administrator opens its page', async () => {
  expect((await comeBack({ code: newCode(stranger.locationId) })).status).toBe(200)
  expect(await statusOf(line, stranger.tenantId)).toBe('unclaimed')
  await openPage(line, stranger.memberId, stranger.locationId)
  expect(await statusOf(line, stranger.tenantId)).toBe('unclaimed')
  await openPage(line, stranger.adminId, stranger.locationId)
  expect(await statusOf(line, stranger.tenantId)).toBe('active')
  await openPage(line, stranger.adminId, stranger.locationId)
  const claims = (await actionsOf(line, stranger.tenantId)).filter((action) => action === 'installation.claimed')
  expect(claims).toHaveLength(1)
})

test.each<[string, (state: string) => Promise<string> | string]>([
  ['empty', () => ''],
  ['nonsense', () => 'nonsense'],
  ['cut', (state) => state.slice(0, -4)],
  ['long', (state) => state.padEnd(5000, 'A')],
  ['changed', (state) => state.replace(/\.[^.]+\./, `.${Buffer.from('{"browser":"x"}').toString('base64url')}.`)],
  ['unsigned', (state) => `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${state.split('.')[1]}.`],
  ['made for another door', () => forged({ purpose: 'settings session' })],
  ['made with another key', () => forged({ key: Buffer.alloc(32, 9) })],
  ['expired', () => forged({ now: Date.now() - 31 * 60_000 })],
])('a state that is %s is refused before the platform is asked', async (_name, spoil) => {
  const { state, cookie } = await begin()
  await expectRefusal(await comeBack({ code: newCode(), state: await spoil(state) }, cookie), 400, [state])
  expect(tokenRequests()).toBe(0)
})

const forged = (how: { purpose?: string; key?: Uint8Array; now?: number }): Promise<string> =>
  signToken([{ kid: 'test', key: how.key ?? line.config.sessionKeys[0]?.key ?? new Uint8Array() }], {
    purpose: how.purpose ?? 'install state',
    claims: { browser: 'x', jti: 'y' },
    lifeMs: 30 * 60_000,
    now: how.now ?? Date.now(),
  })

test('a state is good once', async () => {
  const { state, cookie } = await begin()
  expect((await comeBack({ code: newCode(), state }, cookie)).status).toBe(200)
  await expectRefusal(await comeBack({ code: newCode(), state }, cookie), 400)
  expect(tokenRequests()).toBe(1)
})

test('a state is good once also when it comes ten times at the same moment', async () => {
  const { state, cookie } = await begin()
  const code = newCode()
  const answers = await Promise.all(Array.from({ length: 10 }, () => comeBack({ code, state }, cookie)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)])
  expect(tokenRequests()).toBe(1)
})

test('a state is good in the browser it was made for only', async () => {
  const [mine, other] = [await begin(), await begin()]
  await expectRefusal(await comeBack({ code: newCode(), state: mine.state }), 400)
  await expectRefusal(await comeBack({ code: newCode(), state: mine.state }, other.cookie), 400)
  expect(tokenRequests()).toBe(0)
  expect((await comeBack({ code: newCode(), state: mine.state }, mine.cookie)).status).toBe(200)
})

test('a code is good once', async () => {
  const code = newCode()
  expect((await comeBack({ code })).status).toBe(200)
  const token = await line.worker.accessTokens.getAccessToken(account.tenantId)
  await expectRefusal(await comeBack({ code }), 502, [code])
  expect(await line.worker.accessTokens.getAccessToken(account.tenantId)).toBe(token)
})

test.each([
  ['consent denied', { error: 'access_denied', error_description: '<script>alert(1)</script>' }, 400],
  ['no code', {}, 400],
  ['an empty code', { code: '' }, 400],
  ['a code nobody gave', { code: 'no-such-code' }, 502],
  ['a code too long', { code: 'x'.repeat(3000) }, 400],
  ['a code twice', 'code=a&code=b', 400],
  ['a state twice', 'code=a&state=b&state=c', 400],
  ['an object for a code', 'code[a]=b', 400],
  ['a zero byte', 'code=%00%01', 502],
  ['something that is no text', 'code=%ff%fe', 502],
])('coming back with %s ends on a page with a sentence', async (_name, query, status) => {
  const answer = await comeBack(query)
  await expectRefusal(answer, status, ['<script>'])
})

test('a platform in trouble ends on the same page, and nothing is half installed', async () => {
  const fresh = accountOf(line, 2)
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'answer', status: 503 })
  line.highLevel.control.dropNextWebhooks(1)
  const { state, cookie } = await begin()
  await expectRefusal(await comeBack({ code: newCode(fresh.locationId), state }, cookie), 502)
  expect(await statusOf(line, fresh.tenantId)).toBeUndefined()
})

test('an answer without an account binds nothing', async () => {
  const body = { access_token: 'a', refresh_token: 'b', expires_in: 100, userType: 'Location' }
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'answer', status: 200, body })
  await expectRefusal(await comeBack({ code: newCode() }), 502)
})

test('a second installation replaces the tokens and stays the owner’s', async () => {
  const { state, cookie } = await begin()
  expect((await comeBack({ code: newCode(), state }, cookie)).status).toBe(200)
  const first = await line.worker.accessTokens.getAccessToken(account.tenantId)
  expect((await comeBack({ code: newCode() })).status).toBe(200)
  const second = await line.worker.accessTokens.getAccessToken(account.tenantId)
  expect(second).not.toBe(first)
  expect(await answerTo(line, second, account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
  expect(await actionsOf(line, account.tenantId)).toContain('installation.reinstalled')
})

test('nothing of an installation is kept by browsers or told to other sites', async () => {
  for (const answer of [await comeBack({ code: newCode() }), await comeBack({ code: 'no-such-code' })]) {
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  }
})
