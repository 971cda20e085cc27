import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { type Line, startLine } from '../support/line.ts'
import { install, openPage } from '../support/people.ts'
import { accountOf, answerTo, becomes, refreshesAt, statusOf } from './installed.ts'

const MINUTE = 60_000
const A_SECOND = 1100
let line: Line | undefined

afterEach(async () => {
  await line?.close()
  line = undefined
})

/** The product on a machine whose clock is this far from the platform's. */
const startSkewed = async (minutes: number): Promise<Line> => {
  line = await startLine({ now: () => Date.now() + minutes * MINUTE })
  return line
}

test.each([10, -10])('with a clock %i minutes off, leaving and coming back are told apart', async (minutes) => {
  const skewed = await startSkewed(minutes)
  const { control } = skewed.highLevel
  const account = accountOf(skewed, 0)
  for (let round = 0; round < 2; round++) {
    await install(skewed, account.locationId)
    await openPage(skewed, account.adminId, account.locationId)
    expect(await statusOf(skewed, account.tenantId)).toBe('active')
    const token = await skewed.worker.accessTokens.getAccessToken(account.tenantId)
    expect(await answerTo(skewed, token, account.locationId)).toBe(200)
    control.uninstall({ locationId: account.locationId })
    await becomes(skewed, account.tenantId, 'uninstalled')
    await control.webhooksSettled()
    await sleep(A_SECOND) // the platform tells its time in whole seconds; nobody installs again within one
  }
})

test.each([10, -10])('with a clock %i minutes off, a token is renewed when it ends and no sooner', async (minutes) => {
  const skewed = await startSkewed(minutes)
  const { control } = skewed.highLevel
  const account = accountOf(skewed, 0)
  control.setTokenLifetime(8 * 60)
  await install(skewed, account.locationId)
  control.clearRequests()
  const first = await skewed.worker.accessTokens.getAccessToken(account.tenantId)
  expect(refreshesAt(skewed)).toEqual([])
  expect(await answerTo(skewed, first, account.locationId)).toBe(200)
})

test('the platform’s clock is believed beyond what an answer’s way explains, and odd dates are not', () => {
  let now = Date.parse('2026-11-21T10:00:00Z')
  const clock = createPlatformClock(() => now)
  expect(clock()).toBe(now)
  clock.observe('Sat, 21 Nov 2026 10:00:03 GMT')
  expect(clock()).toBe(now)
  clock.observe('Sat, 21 Nov 2026 10:10:00 GMT')
  expect(clock()).toBe(now + 10 * MINUTE)
  clock.observe(null)
  clock.observe('yesterday')
  expect(clock.offsetMs()).toBe(10 * MINUTE)
  now += 10 * MINUTE
  clock.observe('Sat, 21 Nov 2026 10:10:00 GMT')
  expect(clock.offsetMs()).toBe(0)
})
