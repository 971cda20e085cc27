import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditView, readCursor } from '../../src/console/audit-view.ts'
import { consoleRoutes } from '../../src/console/console-routes.ts'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { signToken } from '../../src/lib/signed-token.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { type Line, startLine } from '../support/line.ts'
import { listen } from '../support/listen.ts'
import { actionsOf } from '../tenants/installed.ts'

let line: Line

beforeAll(async () => {
  line = await startLine({ work: false })
})

afterAll(() => line?.close())

const deps = (change: { now?: () => number; baseUrl?: string } = {}) => ({
  database: line.database,
  now: Date.now,
  sessionKeys: line.config.sessionKeys,
  baseUrl: line.appUrl,
  vault: createVault(line.config.encryptionKeys),
  enqueueMany: async () => {},
  ...change,
})

const newToken = async (now = Date.now): Promise<string> =>
  String((await makeAdminLink(deps({ now }), 'alex')).split('#')[1])

const post = (path: string, options: { origin?: string; cookie?: string; body?: unknown } = {}): Promise<Response> =>
  fetch(`${line.appUrl}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...(options.origin && { origin: options.origin }),
      ...(options.cookie && { cookie: options.cookie }),
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  })

const signIn = (token: string, origin: string | undefined = line.appUrl): Promise<Response> =>
  post('/admin/session', { body: { token }, ...(origin && { origin }) })

const cookieOf = (answer: Response): string => String(answer.headers.get('set-cookie')?.split(';')[0])

const verify = (cookie: string, origin = line.appUrl): Promise<Response> =>
  post('/admin/audit/verifications', { cookie, origin })

test('a link keeps its token behind the #, where no server and no log sees it', async () => {
  const link = new URL(await makeAdminLink(deps(), 'alex'))
  expect(link.pathname + link.search).toBe('/admin')
  expect(link.hash.length).toBeGreaterThan(100)
})

test('a link signs in once, also when it is used ten times at the same moment', async () => {
  const token = await newToken()
  const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(token)))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(401)])
  expect((await signIn(token)).status).toBe(401)
})

test('the cookie is for the console alone, out of the reach of scripts and other sites', async () => {
  const flags = String((await signIn(await newToken())).headers.get('set-cookie')).split('; ')
  expect(flags).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/admin', 'Max-Age=28800']))
})

test('behind https the cookie never travels in the open', async () => {
  const secure = deps({ baseUrl: 'https://app.example' })
  const server = await listen(express().use(consoleRoutes(secure)))
  const answer = await fetch(`${server.url}/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://app.example' },
    body: JSON.stringify({ token: await newToken() }),
  })
  await server.close()
  expect(answer.status).toBe(204)
  expect(answer.headers.get('set-cookie')).toMatch(/^__Secure-causeway_console=.*; Secure/)
})

test.each<[string, () => Promise<string> | string]>([
  ['of yesterday', () => newToken(() => Date.now() - 16 * 60_000)],
  ['cut', async () => (await newToken()).slice(0, -3)],
  ['of an owner’s session', () => made('settings session')],
  ['of a session, not a link', () => made('console session')],
  ['of another key', () => made('console link', Buffer.alloc(32, 1))],
  ['without a number', () => made('console link')],
  ['nonsense', () => 'nonsense'],
])('a token %s signs nobody in', async (_name, make) => {
  const answer = await signIn(await make())
  expect(answer.status).toBe(401)
  expect(answer.headers.get('set-cookie')).toBeNull()
})

const made = (purpose: string, key = line.config.sessionKeys[0]?.key): Promise<string> =>
  signToken([{ kid: 'test', key: key ?? new Uint8Array() }], {
    purpose,
    claims: { sub: 'mallory' },
    lifeMs: 60_000,
    now: Date.now(),
  })

test.each([
  ['another site', 'https://elsewhere.example'],
  ['a page without an origin', 'null'],
  ['a site that begins alike', 'same, and more'],
  ['nobody says where', ''],
])('what changes something is refused from %s', async (_name, given) => {
  const origin = given === 'same, and more' ? `${line.appUrl}.elsewhere.example` : given
  const before = await actionsOf(line, NOBODY)
  const token = await newToken()
  expect((await post('/admin/session', { body: { token }, origin })).status).toBe(403)
  const cookie = cookieOf(await signIn(token)) // the refused attempt did not use it up
  const checked = await actionsOf(line, NOBODY)
  expect((await post('/admin/audit/verifications', { cookie, origin })).status).toBe(403)
  expect((await post('/admin/sign-out', { cookie, origin })).status).toBe(403)
  expect(await actionsOf(line, NOBODY)).toEqual(checked)
  expect(checked.slice(before.length)).toEqual(['console.link_made', 'console.signed_in'])
})

test.each<[string, () => Promise<string> | string]>([
  ['none', () => ''],
  ['an empty one', () => 'causeway_console='],
  ['one that is no token', () => 'causeway_console=a.b.c'],
  ['one of an owner', async () => `causeway_console=${await made('settings session')}`],
  ['a link instead of a session', async () => `causeway_console=${await newToken()}`],
  ['one of another key', async () => `causeway_console=${await made('console session', Buffer.alloc(32, 1))}`],
  ['one under another name', async () => `causeway_install=${await made('console session')}`],
  ['one that is over', () => over()],
])('with a cookie that is %s nothing is shown and nothing happens', async (_name, make) => {
  const cookie = await make()
  const before = await actionsOf(line, NOBODY)
  const answer = await fetch(`${line.appUrl}/admin/audit`, { headers: { cookie } })
  expect(answer.status).toBe(401)
  expect(await answer.text()).not.toContain('console.link_made')
  expect((await verify(cookie)).status).toBe(401)
  expect(await actionsOf(line, NOBODY)).toEqual(before)
})

const over = async (): Promise<string> => {
  const keys = line.config.sessionKeys
  const now = Date.now() - 9 * 3_600_000
  return `causeway_console=${await signToken(keys, { purpose: 'console session', claims: { sub: 'alex' }, lifeMs: 8 * 3_600_000, now })}`
}

test('what the operator does is on record, under the operator’s name', async () => {
  const cookie = cookieOf(await signIn(await newToken()))
  await verify(cookie)
  const entries = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: NOBODY })
    .orderBy('seq', 'desc')
    .limit(3)
  expect(entries.map(({ action, actor_kind, actor_id }) => [action, actor_kind, actor_id])).toEqual([
    ['audit.verified', 'operator', 'alex'],
    ['console.signed_in', 'operator', 'alex'],
    ['console.link_made', 'operator', 'alex'],
  ])
})

test('signing out takes the cookie back, and ends the session for whoever kept a copy', async () => {
  const cookie = cookieOf(await signIn(await newToken()))
  const other = cookieOf(await signIn(await newToken()))
  const answer = await post('/admin/sign-out', { cookie, origin: line.appUrl })
  expect(answer.status).toBe(303)
  expect(answer.headers.get('set-cookie')).toMatch(/causeway_console=;.*Expires=Thu, 01 Jan 1970/)
  const look = async (kept: string) => (await fetch(`${line.appUrl}/admin/audit`, { headers: { cookie: kept } })).status
  expect(await look(cookie)).toBe(401)
  expect((await verify(cookie)).status).toBe(401)
  expect(await look(other)).toBe(200)
  await post('/admin/sign-out', { cookie, origin: line.appUrl })
  expect((await actionsOf(line, NOBODY)).filter((action) => action === 'console.signed_out')).toHaveLength(1)
})

test('every answer of the console stays out of frames and caches', async () => {
  for (const path of ['/admin/audit', '/admin/nowhere']) {
    const answer = await fetch(`${line.appUrl}${path}`)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})

test('a filter that makes no sense finds what no filter finds, and breaks nothing', async () => {
  await newToken()
  for (const cursor of ['x', `2026-13-45T99:99:99Z~${NOBODY}~1`, `2026-01-01T00:00:00Z~${'-'.repeat(36)}~1`, "'--"]) {
    const before = readCursor(cursor)
    expect(before).toBeUndefined()
    const view = await auditView(line.database.system, 'alex', before ? { before } : {}, null)
    expect(view.entries.length).toBeGreaterThan(0)
  }
})
