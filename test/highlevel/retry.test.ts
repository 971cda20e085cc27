import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHighLevelApi, type HighLevelApi, type HighLevelRequest } from '../../src/highlevel/api.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { readRefusal } from '../../src/highlevel/refusal.ts'
import { retryBriefly } from '../../src/highlevel/retry.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import { unpaced } from '../support/unpaced.ts'

const request = (given: Partial<HighLevelRequest> = {}): HighLevelRequest => ({
  method: 'GET',
  path: '/contacts/abc',
  version: '2021-07-28',
  ...given,
})
const WRITES: HighLevelRequest[] = [
  request({ method: 'PUT' }),
  request({ method: 'POST' }),
  request({ method: 'DELETE' }),
]

const waited: number[] = []
const wait = async (ms: number) => void waited.push(ms)

/** A platform that fails as told, one failure a call, and the number of calls it had. */
function failing(failures: unknown[]) {
  let calls = 0
  const api: HighLevelApi = async () => {
    calls++
    const failure = failures.shift()
    if (failure) throw failure
    return { done: true }
  }
  return { api, calls: () => calls }
}

/** Enough calls that went well for the retries that follow. */
async function earn(api: HighLevelApi, retries: number): Promise<void> {
  for (let call = 0; call < retries * 10; call++) await api(request())
}

const reset = () => new Trouble('unreachable', { detail: 'The host could not be reached.', outcomeUnknown: true })
const status = (code: number, retryAfterMs?: number) => readRefusal(code, {}, retryAfterMs)
const timeout = () =>
  new Trouble('unreachable', { detail: 'No.', cause: new DOMException('The operation timed out.', 'TimeoutError') })

test.for([reset, () => status(502), () => status(503)])('what heals at once is tried again, %#', async (failure) => {
  const failures: unknown[] = Array.from({ length: 30 }, () => undefined)
  const { api } = failing(failures)
  const retrying = retryBriefly(api, { wait, chance: () => 0.5 })
  await earn(retrying, 3)
  failures.push(failure(), failure())
  waited.length = 0
  expect(await retrying(request())).toEqual({ done: true })
  expect(waited).toEqual([150, 150])
})

test('a third failure in a row is told', async () => {
  const { api, calls } = failing([...Array.from({ length: 50 }, () => undefined), ...Array.from({ length: 3 }, reset)])
  const retrying = retryBriefly(api, { wait })
  await earn(retrying, 5)
  await expect(retrying(request())).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls()).toBe(53)
})

test.for([
  ['429', () => status(429)],
  ['500', () => status(500)],
  ['404', () => status(404)],
  ['503 that asks us to wait', () => status(503, 7000)],
  ['no answer in time', timeout],
  ['a surprise', () => new Error('surprise')],
] as const)('%s is told at once', async ([, failure]) => {
  const { api, calls } = failing([...Array.from({ length: 50 }, () => undefined), failure()])
  const retrying = retryBriefly(api, { wait })
  await earn(retrying, 5)
  await expect(retrying(request())).rejects.toBeInstanceOf(Error)
  expect(calls()).toBe(51)
})

test.for(WRITES)('a write is repeated only where it says that it may: $method', async (write) => {
  const wells = Array.from({ length: 50 }, () => undefined)
  const { api, calls } = failing([...wells, reset(), reset()])
  const retrying = retryBriefly(api, { wait })
  await earn(retrying, 5)
  await expect(retrying(write)).rejects.toMatchObject({ outcomeUnknown: true })
  expect(calls()).toBe(51)
  expect(await retrying({ ...write, repeatable: true })).toEqual({ done: true })
})

test('retries stay within a tenth of the calls, however long the trouble lasts', async () => {
  let sent = 0
  const retrying = retryBriefly(
    async () => {
      sent++
      throw reset()
    },
    { wait },
  )
  for (let call = 0; call < 1000; call++) await retrying(request()).catch(() => {})
  expect(sent).toBeGreaterThan(1090)
  expect(sent).toBeLessThanOrEqual(1100)
})

test('nothing saved, nothing spent: the first calls of a process are not repeated', async () => {
  const { api, calls } = failing([reset()])
  await expect(retryBriefly(api, { wait })(request())).rejects.toMatchObject({ code: 'unreachable' })
  expect(calls()).toBe(1)
})

const server = createServer()
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())))
afterAll(() => void server.close())

test('over a real wire: a cut connection is tried again, a slow one is not', async () => {
  const seen: string[] = []
  server.on('request', (incoming, response) => {
    seen.push(String(incoming.url))
    if (incoming.url === '/slow') return
    if (seen.length % 2 === 1) return incoming.socket.destroy()
    response.end('{"ok":true}')
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('It does not listen.')
  const api = createHighLevelApi({
    http: createHttpClient({ timeoutMs: 1000 }),
    apiUrl: `http://127.0.0.1:${address.port}`,
    platformClock: createPlatformClock(Date.now),
    pace: unpaced,
  })
  let plenty = 20
  const retrying = retryBriefly((sent) => (plenty-- > 0 ? Promise.resolve({}) : api(sent)), { wait })
  await earn(retrying, 2)
  expect(await retrying(request({ path: '/cut' }))).toEqual({ ok: true })
  await expect(retrying(request({ path: '/slow' }))).rejects.toMatchObject({ code: 'unreachable' })
  expect(seen).toEqual(['/cut', '/cut', '/slow'])
  server.closeAllConnections()
})
