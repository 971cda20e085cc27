import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signToken } from '../../src/lib/signed-token.ts'
import { type Line, startLine } from '../support/line.ts'
import { openPage, postJson } from '../support/people.ts'
import { accountOf, actionsOf, becomes, type Installed, installed } from '../tenants/installed.ts'
import { seal } from './user-data.ts'

let line: Line
let account: Installed

beforeAll(async () => {
  line = await startLine()
  account = await installed(line, 0)
})

afterAll(() => line?.close())

const secret = (): string => String(line.config.highLevel.ssoSecrets[0])

const person = (change: object = {}): object => ({
  userId: account.adminId,
  companyId: account.companyId,
  role: 'admin',
  type: 'account',
  activeLocation: account.locationId,
  userName: 'Somebody',
  email: 'somebody@example.com',
  ...change,
})

const open = (payload: unknown): Promise<Response> => postJson(`${line.appUrl}/settings/session`, { payload })

/** The one answer to whoever cannot show who they are. */
async function expectNobody(answer: Response): Promise<void> {
  const { error } = (await answer.json()) as { error: { code: string; message: string } }
  expect([answer.status, error.code, error.message]).toEqual([
    401,
    'not_signed_in',
    'Please open this page again from your account.',
  ])
}

test('the host’s word opens the page once', async () => {
  const payload = seal(person(), secret())
  expect((await open(payload)).status).toBe(200)
  await expectNobody(await open(payload))
  expect((await actionsOf(line, account.tenantId)).at(-1)).toBe('session.opened')
})

test('the same word spelled otherwise is the same word', async () => {
  const long = Array.from({ length: 16 }, (_, length) => seal(person({ email: 'x'.repeat(length) }), secret()))
  const payload = String(long.find((sealed) => sealed.endsWith('=')))
  expect((await open(payload)).status).toBe(200)
  await expectNobody(await open(payload.replace(/=+$/, '')))
  // The last letter before the padding has bits that nobody reads.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const end = payload.search(/=/) - 1
  const next = alphabet[alphabet.indexOf(String(payload[end])) + 1]
  await expectNobody(await open(`${payload.slice(0, end)}${next}${payload.slice(end + 1)}`))
  // And the tail, which only spells the e-mail address, can be bent.
  const bytes = Buffer.from(payload, 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  await expectNobody(await open(bytes.toString('base64')))
})

test('a hundred tries with one word at the same moment open the page once', async () => {
  const payload = seal(person(), secret())
  const answers = await Promise.all(Array.from({ length: 30 }, () => open(payload)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('whatever is wrong with the word, the answer is the same', async () => {
  const sealed = seal(person(), secret())
  const wrong = [
    'nonsense',
    sealed.slice(0, -8),
    `${sealed.slice(0, -8)}AAAAAAA=`,
    seal(person(), 'another secret'),
    seal(person({ role: 'owner' }), secret()),
    seal(person({ companyId: '' }), secret()),
    'A'.repeat(16_000),
  ]
  for (const payload of wrong) await expectNobody(await open(payload))
})

test.each([
  ['no payload', {}],
  ['a number', { payload: 7 }],
  ['a list', { payload: ['x'] }],
  ['nothing', { payload: '' }],
])('%s is no request', async (_name, body) => {
  expect((await postJson(`${line.appUrl}/settings/session`, body)).status).toBe(400)
})

test('a megabyte is not read', async () => {
  expect((await open('A'.repeat(1_000_000))).status).toBe(413)
})

test('in the agency’s own view the page asks to choose an account', async () => {
  const answer = await open(seal(person({ activeLocation: null }), secret()))
  expect(answer.status).toBe(403)
  expect(await answer.text()).toContain('Switch to one of your accounts')
})

test('a user of another company, of an account without the app, or of one that left, is told so alike', async () => {
  const other = accountOf(line, 4)
  const left = await installed(line, 1)
  line.highLevel.control.uninstall({ locationId: left.locationId })
  await becomes(line, left.tenantId, 'uninstalled')
  const answers = [
    await open(seal(person({ companyId: other.companyId }), secret())),
    await open(seal(person({ activeLocation: other.locationId, companyId: other.companyId }), secret())),
    await open(seal(person({ activeLocation: 'nowhere' }), secret())),
    await open(seal(person({ activeLocation: left.locationId }), secret())),
  ]
  const seen = await Promise.all(
    answers.map(async (answer) => [answer.status, ((await answer.json()) as { error: { code: string } }).error.code]),
  )
  expect(seen).toEqual(Array(4).fill([403, 'not_installed']))
})

test('a session ends with the installation', async () => {
  const leaving = await installed(line, 2)
  const owner = await openPage(line, leaving.adminId, leaving.locationId)
  expect((await owner.get('/settings/home')).status).toBe(200)
  line.highLevel.control.uninstall({ locationId: leaving.locationId })
  await becomes(line, leaving.tenantId, 'uninstalled')
  expect((await owner.get('/settings/home')).status).toBe(403)
  await installed(line, 2)
  expect((await owner.get('/settings/home')).status).toBe(401)
})

/** Who the bearer claims to be; only the way it is made differs. */
const claims = (): object => ({ tenant: account.tenantId, sub: account.adminId, role: 'admin', generation: 0 })
const key = (): Uint8Array => line.config.sessionKeys[0]?.key ?? new Uint8Array()
const home = (authorization?: string): Promise<Response> =>
  fetch(`${line.appUrl}/settings/home`, authorization === undefined ? {} : { headers: { authorization } })

const made = (how: { purpose?: string; key?: Uint8Array; kid?: string; lifeMs?: number; now?: number }) =>
  signToken([{ kid: how.kid ?? 'test', key: how.key ?? key() }], {
    purpose: how.purpose ?? 'settings session',
    claims: { ...claims() },
    lifeMs: how.lifeMs ?? 600_000,
    now: how.now ?? Date.now(),
  })

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function handmade(header: object, change: object = {}, sign: (text: string) => string = hmac('sha256')): string {
  const now = Math.floor(Date.now() / 1000)
  const body = { ...claims(), iss: 'causeway', aud: 'settings session', iat: now, exp: now + 600, ...change }
  const text = `${base64url(header)}.${base64url(body)}`
  return `${text}.${sign(text)}`
}

const hmac =
  (hash: string) =>
  (text: string): string =>
    createHmac(hash, key()).update(text).digest('base64url')

const GOOD = { alg: 'HS256', kid: 'test', typ: 'JWT' }

test('a bearer made as ours are made opens', async () => {
  expect((await home(`Bearer ${await made({})}`)).status).toBe(200)
  expect((await home(`Bearer ${handmade(GOOD)}`)).status).toBe(200)
})

test.each<[string, () => string | Promise<string>]>([
  ['none at all', () => ''],
  ['another scheme', async () => `Basic ${await made({})}`],
  ['two of them', async () => `Bearer ${await made({})} ${await made({})}`],
  ['unsigned', () => `Bearer ${handmade({ ...GOOD, alg: 'none' }, {}, () => '')}`],
  ['unsigned, spelled otherwise', () => `Bearer ${handmade({ ...GOOD, alg: 'nOnE' }, {}, () => '')}`],
  ['of another algorithm', () => `Bearer ${handmade({ ...GOOD, alg: 'HS512' }, {}, hmac('sha512'))}`],
  ['of a public key', () => confused()],
  [
    'of a key it brings along',
    () => `Bearer ${handmade({ ...GOOD, jwk: { kty: 'oct', k: 'AAAA' } }, {}, () => 'AAAA')}`,
  ],
  ['of a key from elsewhere', () => `Bearer ${handmade({ ...GOOD, jku: 'http://127.0.0.1:1/', kid: 'x' })}`],
  ['of a key by a path', () => `Bearer ${handmade({ ...GOOD, kid: '../../dev/null' }, {}, () => 'AAAA')}`],
  ['without a key’s name', () => `Bearer ${handmade({ alg: 'HS256', typ: 'JWT' })}`],
  ['of another type', () => `Bearer ${handmade({ ...GOOD, typ: 'at+jwt' })}`],
  ['critical', () => `Bearer ${handmade({ ...GOOD, crit: ['b64'], b64: false })}`],
  ['of another key', async () => `Bearer ${await made({ key: Buffer.alloc(32, 1) })}`],
  ['for another door', async () => `Bearer ${await made({ purpose: 'console session' })}`],
  ['of an installation’s state', async () => `Bearer ${await made({ purpose: 'install state' })}`],
  ['of another house', () => `Bearer ${handmade(GOOD, { iss: 'elsewhere' })}`],
  ['expired', async () => `Bearer ${await made({ now: Date.now() - 700_000 })}`],
  ['without an end', () => `Bearer ${handmade(GOOD, { exp: undefined })}`],
  ['of no tenant', () => `Bearer ${handmade(GOOD, { tenant: undefined })}`],
  ['of an installation before', () => `Bearer ${handmade(GOOD, { generation: -1 })}`],
  ['of nobody', () => `Bearer ${handmade(GOOD, { sub: undefined })}`],
  ['cut', async () => `Bearer ${(await made({})).slice(0, -2)}`],
  ['bent', async () => `Bearer ${(await made({})).replace(/.(?=[^.]*$)/, (letter) => (letter === 'A' ? 'B' : 'A'))}`],
])('a bearer that is %s is nobody’s', async (_name, make) => {
  await expectNobody(await home(await make()))
})

/** Signed with an asymmetric key whose public half is offered as if it were the shared one. */
async function confused(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const token = await new SignJWT({ ...claims() })
    .setProtectedHeader({ alg: 'RS256', kid: 'test', typ: 'JWT', jwk })
    .setIssuer('causeway')
    .setAudience('settings session')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey)
  return `Bearer ${token}`
}

test('a bearer of a megabyte is refused, and so is one of what a header holds', async () => {
  await expectNobody(await home(`Bearer ${'A'.repeat(12_000)}`))
  const status = await new Promise((resolve) => {
    const sent = request(`${line.appUrl}/settings/home`, {
      headers: { authorization: `Bearer ${'A'.repeat(1_000_000)}` },
    })
    sent.on('response', (answer) => resolve(answer.resume().statusCode))
    sent.on('error', () => resolve('cut'))
    sent.end()
  })
  expect(['cut', 431]).toContain(status)
})

test('a bearer of a tenant that does not exist finds no installation', async () => {
  const token = handmade(GOOD, { tenant: '6f1d9a52-40c4-4f0e-9c0f-3a4f1f6f0b7e' })
  expect((await home(`Bearer ${token}`)).status).toBe(403)
})
