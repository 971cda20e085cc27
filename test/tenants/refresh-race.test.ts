import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { answerTo, expire, generationOf, type Installed, installed, refreshesAt, statusOf } from './installed.ts'
import { lockTokens } from './row-lock.ts'
import { startTokenProcess, type TokenProcess } from './token-processes.ts'

/** Long enough for a refresh on a busy machine, short enough to wait for. */
const SHORT_LEASE_MS = 1500
const LONG_LEASE_MS = 18_000

let line: Line
let account: Installed
let processes: TokenProcess[] = []

beforeAll(async () => {
  line = await startLine({ leaseMs: SHORT_LEASE_MS })
  account = await installed(line, 0)
})

afterEach(async () => {
  await Promise.all(processes.map((one) => one.kill()))
  processes = []
  line.highLevel.control.clearFaults()
})

afterAll(() => line?.close())

async function start(count: number, leaseMs: number): Promise<TokenProcess[]> {
  processes = await Promise.all(Array.from({ length: count }, () => startTokenProcess(line, leaseMs)))
  return processes
}

async function expireAndCount(): Promise<number> {
  await expire(line, account)
  line.highLevel.control.clearRequests()
  return Number(await generationOf(line, account.tenantId))
}

test('a hundred callers in four processes at the moment of expiry cause one refresh and get one token', async () => {
  const four = await start(4, LONG_LEASE_MS)
  const before = await expireAndCount()
  const answers = await Promise.all(four.map((one) => one.ask({ tenantId: account.tenantId, calls: 25 })))
  const tokens = answers.flat().map((answer) => ('token' in answer ? answer.token : answer.refused))
  expect(tokens).toHaveLength(100)
  expect(new Set(tokens).size).toBe(1)
  expect(await answerTo(line, String(tokens[0]), account.locationId)).toBe(200)
  expect(refreshesAt(line)).toHaveLength(1)
  expect(await generationOf(line, account.tenantId)).toBe(before + 1)
})

test('a process killed between the answer and the store does not lose the installation', async () => {
  const [victim] = await start(1, SHORT_LEASE_MS)
  const before = await expireAndCount()
  const lock = await lockTokens(line.databaseUrl, account.tenantId)
  void victim?.ask({ tenantId: account.tenantId, calls: 1 }).catch(() => {})
  await lock.isWaitedFor() // the answer has come, and the store has begun
  expect(line.highLevel.control.requests({ path: '/oauth/token' }).map(({ status }) => status)).toEqual([200])
  await victim?.kill()
  await lock.release()
  // Nobody asks for the token: the worker itself looks for what was left behind.
  await eventually(
    () => generationOf(line, account.tenantId),
    (generation) => generation === before + 1,
    15_000,
  )
  const [first, second] = refreshesAt(line)
  expect(second).toBe(first)
  const token = await line.worker.accessTokens.getAccessToken(account.tenantId)
  expect(await answerTo(line, token, account.locationId)).toBe(200)
})

test('a holder that slept through its lease does not overwrite the pair stored meanwhile', async () => {
  const [sleeper] = await start(1, SHORT_LEASE_MS)
  const before = await expireAndCount()
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'slow', delayMs: 700 })
  const answered = sleeper?.ask({ tenantId: account.tenantId, calls: 1 })
  await eventually(
    () => refreshesAt(line).length,
    (count) => count === 1,
  )
  sleeper?.signal('SIGSTOP')
  // Its lease runs out; the worker goes on in its place, and once more later.
  await line.worker.accessTokens.getAccessToken(account.tenantId)
  await expire(line, account)
  const newest = await line.worker.accessTokens.getAccessToken(account.tenantId)
  expect(await generationOf(line, account.tenantId)).toBe(before + 2)
  sleeper?.signal('SIGCONT')
  expect(await answered).toEqual([{ token: newest }])
  expect(await generationOf(line, account.tenantId)).toBe(before + 2)
  expect(await answerTo(line, newest, account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
})

test('a holder that fell asleep before it asked believes what is stored, not the refusal of its old token', async () => {
  const [sleeper] = await start(1, SHORT_LEASE_MS)
  await expireAndCount()
  const lock = await lockTokens(line.databaseUrl, account.tenantId)
  const answered = sleeper?.ask({ tenantId: account.tenantId, calls: 1 })
  await lock.isWaitedFor()
  sleeper?.signal('SIGSTOP')
  await sleep(SHORT_LEASE_MS + 300)
  line.highLevel.control.advance(31_000) // beyond the platform's grace: its pair is the only one that is good
  await lock.release()
  sleeper?.signal('SIGCONT')
  const [answer] = (await answered) ?? []
  const token = answer && 'token' in answer ? answer.token : ''
  expect(await answerTo(line, token, account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
})
