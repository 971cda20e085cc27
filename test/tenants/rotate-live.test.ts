import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unwrapKey } from '../../src/tenants/wrapped-key.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { begin, ringOf, run } from '../support/run-product.ts'
import { answerTo, generationOf, type Installed, installed } from './installed.ts'
import type { Restless } from './restless-process.ts'
import { countByMaster, holdKeys, insertTenantKeys, newMasterKey } from './tenant-keys.ts'
import { startTokenProcess } from './token-processes.ts'

const RESTLESS = fileURLToPath(new URL('./restless-process.ts', import.meta.url))
const PROCESSES = 4
/** Accounts that nobody works for at the moment. */
const QUIET = 800

let line: Line
let accounts: Installed[]
const children: ChildProcess[] = []

beforeAll(async () => {
  line = await startLine({ work: false })
  accounts = [await installed(line, 0), await installed(line, 1), await installed(line, 2)]
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

afterAll(() => line?.close())

const withRing = (ring: string): Record<string, string> => ({ ...line.environment, ENCRYPTION_KEYS: ring })

async function startRestless(ring: string): Promise<() => Promise<Restless>> {
  const tenants = accounts.map(({ tenantId }) => tenantId)
  const child = fork(RESTLESS, tenants, { env: { ...process.env, ...withRing(ring) }, execArgv: [] })
  children.push(child)
  await once(child, 'message')
  return async () => {
    const told = once(child, 'message')
    child.send('stop')
    return (await told)[0]
  }
}

test('four processes read and refresh without a failure while keys are wrapped anew, killed halfway and run again', async () => {
  const [old] = line.config.encryptionKeys
  if (!old) throw expect.unreachable()
  const fresh = newMasterKey('new')
  const ring = ringOf([fresh, old])
  const quiet = await insertTenantKeys(line.database, old, QUIET)
  const total = QUIET + accounts.length + 1 // nobody's
  expect(await countByMaster(line.database)).toEqual({ test: total })
  const stops = await Promise.all(Array.from({ length: PROCESSES }, () => startRestless(ring)))
  const generations = () => Promise.all(accounts.map(({ tenantId }) => generationOf(line, tenantId)))
  const before = await generations()

  const half = [...quiet.keys()].filter((_, position) => position % 2 === 0)
  const held = await holdKeys(line.database, [...half, String(accounts[0]?.tenantId)])
  const first = begin('cli.ts rotate-keys', withRing(ring))
  await eventually(
    () => countByMaster(line.database),
    ({ test: left }) => left === half.length + 1,
    20_000,
  )
  first.child.kill('SIGKILL')
  await first.ended
  await held.release()
  expect(await countByMaster(line.database)).toEqual({ test: half.length + 1, new: total - half.length - 1 })
  await sleep(600)
  const second = await run('cli.ts rotate-keys', withRing(ring))
  expect([second.exitCode, second.complained]).toEqual([0, ''])
  await sleep(600)

  const told = await Promise.all(stops.map((stop) => stop()))
  expect(told.flatMap(({ failures }) => failures)).toEqual([])
  for (const { reads, tokens } of told) {
    expect(reads).toBeGreaterThan(50)
    expect(tokens).toBeGreaterThan(accounts.length)
  }
  const after = await generations()
  after.forEach((generation, index) => {
    expect(generation).toBeGreaterThan(Number(before[index]) + 2)
  })
  expect(await countByMaster(line.database)).toEqual({ new: total })

  const rows = await line.database.system
    .sql('tenant_keys')
    .select({ tenantId: 'tenant_id', id: 'id', wrapped: 'wrapped' })
  for (const row of rows) {
    const { key } = await unwrapKey([fresh], row)
    const known = quiet.get(row.tenantId)
    if (known) expect(Buffer.compare(key, known.key)).toBe(0)
  }
  const alone = await startTokenProcess({ ...line, environment: withRing(ringOf([fresh])) }, 18_000)
  for (const { tenantId, locationId } of accounts) {
    const [answer] = await alone.ask({ tenantId, calls: 1 })
    expect(answer).toHaveProperty('token')
    if (answer && 'token' in answer) expect(await answerTo(line, answer.token, locationId)).toBe(200)
  }
  await alone.kill()
  // Whoever has not heard of the new key is told at its start.
  const late = await run('worker.ts', withRing(ringOf([old])))
  expect([late.exitCode, late.complained]).toEqual([1, expect.stringContaining('ENCRYPTION_KEYS lacks the key "new"')])
})
