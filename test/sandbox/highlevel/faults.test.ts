import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningSandbox, startSandbox } from './start-sandbox.ts'

let sandbox: RunningSandbox
let locationId: string
let token: string

beforeAll(async () => {
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[0]?.id ?? ''
  token = String((await sandbox.exchange(sandbox.control.installLocation(locationId))).body.access_token)
})
afterEach(() => sandbox.control.clearFaults())
afterAll(() => sandbox.stop())

const create = (email: string) => sandbox.call('/contacts/', { token, body: { locationId, email } })
const exists = (email: string): boolean =>
  sandbox.control.contacts(locationId).some((contact) => contact.email === email)

test('the next matching requests fail, and only those', async () => {
  const { control } = sandbox
  control.failNext({
    path: '/contacts/',
    method: 'POST',
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': '7' },
    times: 2,
  })
  expect((await sandbox.call(`/locations/${locationId}`, { token })).status).toBe(200)
  expect((await create('none@faults.example')).headers.get('retry-after')).toBe('7')
  expect((await create('none@faults.example')).status).toBe(429)
  expect(exists('none@faults.example')).toBe(false)
  expect((await create('none@faults.example')).status).toBe(201)
})

test('a connection can be cut before anything is done, or after', async () => {
  const { control } = sandbox
  control.failNext({ path: '/contacts/', kind: 'cut' })
  await expect(create('cut@faults.example')).rejects.toThrow()
  expect(exists('cut@faults.example')).toBe(false)
  control.failNext({ path: '/contacts/', kind: 'lost answer' })
  await expect(create('lost@faults.example')).rejects.toThrow()
  expect(exists('lost@faults.example')).toBe(true)
  expect(control.requests({ path: '/contacts' }).at(-1)?.status).toBeNull()
})

test('a 422 may still have created the contact', async () => {
  sandbox.control.failNext({ path: '/contacts/', kind: 'answer after effect', status: 422 })
  expect((await create('anyway@faults.example')).status).toBe(422)
  expect(exists('anyway@faults.example')).toBe(true)
})

test('an answer can be late', async () => {
  sandbox.control.failNext({ path: '/contacts/', kind: 'slow', delayMs: 60 })
  const started = performance.now()
  expect((await create('late@faults.example')).status).toBe(201)
  expect(performance.now() - started).toBeGreaterThan(55)
})

test('a refresh whose answer was lost can be repeated, and the requests can be counted', async () => {
  const { control } = sandbox
  const { body } = await sandbox.exchange(control.installLocation(locationId))
  control.clearRequests()
  control.failNext({ path: '/oauth/token', kind: 'lost answer' })
  await expect(sandbox.refresh(body.refresh_token)).rejects.toThrow()
  expect((await sandbox.refresh(body.refresh_token)).status).toBe(200)
  const asked = control.requests({ path: '/oauth/token', method: 'POST' })
  expect(asked.map(({ status }) => status)).toEqual([null, 200])
  expect(asked[1]).toMatchObject({ body: { grant_type: 'refresh_token' }, at: expect.any(Number) })
})
