import { beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../src/lib/logger.ts'
import { Trouble, type TroubleCode } from '../../src/lib/trouble.ts'
import { createEndpointPause, type EndpointPause, EndpointPaused } from '../../src/tenants/endpoint-pause.ts'

let now: number
let calls: number
let pause: EndpointPause

beforeEach(() => {
  now = 1_000_000
  calls = 0
  pause = createEndpointPause({ now: () => now, log: createLogger({ level: 'silent' }) })
})

/** How a call ends that the endpoint answers in this way. */
const call = (code?: TroubleCode, retryAfterMs?: number): Promise<string> =>
  pause
    .pass(async () => {
      calls++
      if (code) throw new Trouble(code, { detail: 'x', ...(retryAfterMs !== undefined && { retryAfterMs }) })
      return 'answered'
    })
    .catch((error) => (error instanceof EndpointPaused ? 'paused' : 'failed'))

const goDown = async (): Promise<void> => {
  for (let times = 0; times < 4; times++) expect(await call('unavailable')).toBe('failed')
}

test('an endpoint that fails for everybody is left alone for a while, and callers hear of it at once', async () => {
  await goDown()
  for (let times = 0; times < 500; times++) expect(await call('unavailable')).toBe('paused')
  expect(calls).toBe(4)
  expect(pause.room()).toBe(0)
})

test('what HighLevel refuses to one of many, or fails in between, is no trouble of the endpoint', async () => {
  for (let times = 0; times < 50; times++) {
    expect(await call('credentials_refused')).toBe('failed')
    for (let failures = 0; failures < 3; failures++) await call('unreachable')
    expect(await call()).toBe('answered')
  }
})

test('through an outage of hours it is asked about once a minute', async () => {
  await goDown()
  for (const end = now + 3 * 3_600_000; now < end; now += 1000) await call('unreachable')
  expect(calls - 4).toBeGreaterThan(3 * 35)
  expect(calls - 4).toBeLessThan(3 * 60 + 15)
})

test('a few go first when it may be over, and all go when it is', async () => {
  await goDown()
  now += 2000
  const held: (() => void)[] = []
  const slow = (): Promise<unknown> =>
    pause.pass(() => new Promise<void>((done) => held.push(done))).catch(() => 'paused')
  const first = Array.from({ length: 50 }, slow)
  expect(held).toHaveLength(3)
  for (const done of held) done()
  await Promise.all(first)
  expect(pause.room()).toBe(Number.POSITIVE_INFINITY)
  expect(await call()).toBe('answered')
})

test('as long as it asks for is waited, within bounds', async () => {
  expect(await call('rate_limited', 120_000)).toBe('failed')
  now += 119_000
  expect(await call()).toBe('paused')
  now += 62_000
  expect(await call('rate_limited', 24 * 3_600_000)).toBe('failed')
  now += 15 * 60_000
  expect(await call()).toBe('answered')
})

test('answers to what was asked before the pause change nothing', async () => {
  let answer = (): void => {}
  const early = pause.pass(() => new Promise<void>((done) => (answer = done)))
  now += 10
  await goDown()
  answer()
  await early
  expect(await call()).toBe('paused')
})
