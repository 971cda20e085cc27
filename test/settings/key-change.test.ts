import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeWeb } from '../../src/compose/web.ts'
import { readConfig } from '../../src/config.ts'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { listen } from '../../src/http/listen.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { type Line, startLine } from '../support/line.ts'
import { postJson } from '../support/people.ts'
import { ringOf } from '../support/run-product.ts'
import { type Installed, installed } from '../tenants/installed.ts'
import { newMasterKey } from '../tenants/tenant-keys.ts'
import { seal } from './user-data.ts'

/** Three processes while a key is changed: before (the line itself), in between with both keys, and after. */

const NEW_KEY = newMasterKey('new')
const NEW_SECRET = 'the-new-secret-of-the-page'

let line: Line
let account: Installed
const closing: (() => Promise<void>)[] = []
let between: string
let after: string

beforeAll(async () => {
  line = await startLine({ work: false })
  account = await installed(line, 0)
  const { sessionKeys, highLevel } = line.config
  between = await startWeb({
    SESSION_KEYS: ringOf([NEW_KEY, ...sessionKeys]),
    HIGHLEVEL_SSO_SECRETS: [NEW_SECRET, ...highLevel.ssoSecrets].join(','),
  })
  after = await startWeb({ SESSION_KEYS: ringOf([NEW_KEY]), HIGHLEVEL_SSO_SECRETS: NEW_SECRET })
})

afterAll(async () => {
  for (const close of closing) await close()
  await line?.close()
})

async function startWeb(changes: Record<string, string>): Promise<string> {
  const config = readConfig({ ...line.environment, ...changes })
  const web = composeWeb({ config, databaseUrl: line.databaseUrl, log: createLogger({ level: 'silent' }) })
  await web.start()
  const server = await listen(web.app, 0, '127.0.0.1')
  closing.push(async () => {
    await server.close()
    await web.stop()
  })
  return `http://127.0.0.1:${server.port}`
}

const oldSecret = (): string => String(line.config.highLevel.ssoSecrets[0])

const enter = (at: string, secret: string): Promise<Response> =>
  postJson(`${at}/settings/session`, {
    payload: seal(
      { userId: account.adminId, companyId: account.companyId, role: 'admin', activeLocation: account.locationId },
      secret,
    ),
  })

async function sessionOf(at: string, secret: string): Promise<string> {
  const answer = await enter(at, secret)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { token: string }).token
}

const home = async (at: string, token: string): Promise<number> =>
  (await fetch(`${at}/settings/home`, { headers: { authorization: `Bearer ${token}` } })).status

test('user data is believed under every secret of the list, and under no other', async () => {
  const status = async (at: string, secret: string) => (await enter(at, secret)).status
  expect([await status(line.appUrl, oldSecret()), await status(line.appUrl, NEW_SECRET)]).toEqual([200, 401])
  expect([await status(between, oldSecret()), await status(between, NEW_SECRET)]).toEqual([200, 200])
  expect([await status(after, oldSecret()), await status(after, NEW_SECRET)]).toEqual([401, 200])
})

test('a page that is open stays open while the old key is in the list, and must be opened again after', async () => {
  const old = await sessionOf(line.appUrl, oldSecret())
  expect([await home(line.appUrl, old), await home(between, old), await home(after, old)]).toEqual([200, 200, 401])
  const fresh = await sessionOf(between, oldSecret())
  expect([await home(line.appUrl, fresh), await home(between, fresh), await home(after, fresh)]).toEqual([
    401, 200, 200,
  ])
})

/** With a link that was made under the old key. Returns the cookie. */
async function signIn(at: string): Promise<string> {
  const { sessionKeys } = line.config
  const link = await makeAdminLink({ database: line.database, now: Date.now, sessionKeys, baseUrl: line.appUrl }, 'me')
  const answer = await fetch(`${at}/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: line.appUrl },
    body: JSON.stringify({ token: link.split('#')[1] }),
  })
  return String(answer.headers.get('set-cookie')).split(';')[0] ?? ''
}

test('an operator stays signed in while the old key is in the list, and must sign in again after', async () => {
  const [old, fresh] = [await signIn(line.appUrl), await signIn(between)]
  const look = async (at: string, cookie: string) =>
    (await fetch(`${at}/admin/audit`, { headers: { cookie }, redirect: 'manual' })).status
  expect([await look(between, old), await look(after, old)]).toEqual([200, 401])
  expect([await look(between, fresh), await look(after, fresh)]).toEqual([200, 200])
})
