import { createDecipheriv, createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

let sandbox: RunningSandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.stop())

type Reply = { status: number; body: unknown }
async function control(name: string, args: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${sandbox.url}/_sandbox/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(args),
  })
  return { status: response.status, body: await response.json() }
}

test('another process uses the same functions', async () => {
  const [location] = (await control('locations', [])).body as { id: string }[]
  const created = (await control('createContact', [location?.id, { name: 'Far Away' }])).body as { id: string }
  expect(sandbox.control.contact(created.id)).toMatchObject({ firstName: 'Far', lastName: 'Away' })
  expect(await control('deleteContact', [created.id])).toEqual({ status: 200, body: null })
  expect(await control('setLocationActive', ['nowhere', false])).toMatchObject({
    status: 400,
    body: { message: 'There is no location nowhere.' },
  })
  expect((await control('noSuchThing', [])).status).toBe(404)
  expect((await control('toString', [])).status).toBe(404)
  expect((await control('advance', { ms: 1 })).status).toBe(400)
})

test('a page in a browser or another name for this machine has no control', async () => {
  expect((await control('locations', [], { origin: 'https://elsewhere.example' })).status).toBe(403)
  const status = await new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { host: 'rebound.example', 'content-type': 'application/json' } }
    request(`${sandbox.url}/_sandbox/control/locations`, options, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end('[]')
  })
  expect(status).toBe(403)
})

test('every answer tells the time of the sandbox', async () => {
  const timeOf = (answer: Response): number => Date.parse(answer.headers.get('date') ?? '')
  const isNow = (time: number): boolean => Math.abs(time - sandbox.control.now()) < 5_000
  sandbox.control.advance(90 * 60_000)
  for (const path of ['/', '/nowhere', '/contacts/x', '/v2/oauth/chooselocation', '/sandbox.css']) {
    expect(timeOf(await fetch(sandbox.url + path)), path).toSatisfy(isNow)
  }
  expect(timeOf(await fetch(`${sandbox.url}/oauth/token`, { method: 'POST' }))).toSatisfy(isNow)
})

test('a fault says what time it likes, and a late answer the time at which it leaves', async () => {
  const ask = async (): Promise<string | null> => (await fetch(`${sandbox.url}/contacts/x`)).headers.get('date')
  const date = 'Mon, 05 Jan 2026 08:00:00 GMT'
  sandbox.control.failNext({ path: '/contacts/', kind: 'answer', status: 503, headers: { date } })
  expect(await ask()).toBe(date)
  sandbox.control.failNext({ path: '/contacts/', kind: 'slow', delayMs: 1_000 })
  const late = ask()
  await expect.poll(() => sandbox.control.requests({ path: '/contacts/x' }).at(-1)?.status).toBeNull()
  sandbox.control.advance(3_600_000)
  expect(Math.abs(Date.parse((await late) ?? '') - sandbox.control.now())).toBeLessThan(5_000)
})

test('the registration can follow an app that moved', () => {
  sandbox.control.updateRegistration({ redirectUris: ['http://127.0.0.1:1/back'] })
  const redirect = sandbox.control.installLocation(sandbox.control.locations()[0]?.id ?? '')
  expect(redirect).toMatch(/^http:\/\/127\.0\.0\.1:1\/back\?code=\w+$/)
  sandbox.control.updateRegistration({ redirectUris: registration.redirectUris })
})

test('user data opens with the shared secret, in the format of CryptoJS', () => {
  const [location] = sandbox.control.locations()
  const people = sandbox.control.users(location?.id)
  expect(people.map(({ type, role }) => `${type} ${role}`).toSorted()).toEqual([
    'account admin',
    'account user',
    'agency admin',
  ])
  const admin = people.find(({ type, role }) => type === 'account' && role === 'admin')
  const sealed = sandbox.control.sealUserData(admin?.id ?? '', location?.id ?? '')
  expect(open(sealed, registration.ssoSecret)).toEqual({
    userId: admin?.id,
    companyId: location?.companyId,
    role: 'admin',
    type: 'account',
    activeLocation: location?.id,
    userName: 'Noa Bar',
    email: admin?.email,
  })
  const owner = people.find(({ type }) => type === 'agency')
  expect(open(sandbox.control.sealUserData(owner?.id ?? '', null), registration.ssoSecret)).not.toHaveProperty(
    'activeLocation',
  )
  expect(sandbox.control.sealUserData(admin?.id ?? '', null)).not.toBe(
    sandbox.control.sealUserData(admin?.id ?? '', null),
  )
})

test('the opener used here reads what OpenSSL wrote', () => {
  expect(open('U2FsdGVkX18BAgMEBQYHCI+VSqM5TqlGbUtIQU7upas=', 'secret-key-123')).toEqual({ userId: 'u' })
})

function open(sealed: string, passphrase: string): unknown {
  const bytes = Buffer.from(sealed, 'base64')
  const seed = Buffer.concat([Buffer.from(passphrase), bytes.subarray(8, 16)])
  const first = createHash('md5').update(seed).digest()
  const second = createHash('md5').update(first).update(seed).digest()
  const iv = createHash('md5').update(second).update(seed).digest()
  const decipher = createDecipheriv('aes-256-cbc', Buffer.concat([first, second]), iv)
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8'))
}
