import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type Agency, agencyOf } from './agency.ts'
import { answerTo } from './installed.ts'

/** More than one worker has under way at once. */
const LOCATIONS = 160

let line: Line
let agencies: Agency[]
const workers: ChildProcess[] = []

beforeAll(async () => {
  line = await startLine({ work: false })
  const { control } = line.highLevel
  control.setRateLimit({ burst: 10_000 })
  agencies = control.companies().map((company: Company) => agencyOf(line, company))
})

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await line?.worker.stop(1000)
  await line?.close()
})

const startWorker = (): ChildProcess => {
  const environment = { PATH: process.env.PATH, ...line.environment }
  const worker = spawn(process.execPath, ['src/worker.ts'], { env: environment, stdio: 'ignore' })
  workers.push(worker)
  return worker
}

/** A worker of its own that is half-way through the agency's locations, with answers on their way. */
async function halfWay(agency: Agency): Promise<{ worker: ChildProcess; ids: string[] }> {
  const { control } = line.highLevel
  const worker = startWorker()
  control.createLocations(agency.companyId, LOCATIONS)
  const ids = agency.locationIds().slice(-LOCATIONS)
  await agency.install({ locationIds: ids })
  const done = () => ids.filter((id) => agency.exchanges()[id]).length
  await eventually(done, (count) => count >= LOCATIONS / 2, 20_000)
  return { worker, ids }
}

test('a worker killed half-way and one that is stopped and wakes up: others go on, nothing is lost or spoilt', async () => {
  const { control } = line.highLevel
  control.failNext({ path: '/oauth/locationToken', kind: 'slow', delayMs: 300, times: 10_000 })
  const [first, second] = agencies as [Agency, Agency]
  const killed = await halfWay(first)
  killed.worker.kill('SIGKILL')
  const stopped = await halfWay(second)
  stopped.worker.kill('SIGSTOP')
  await line.worker.start()
  await first.allBecome(killed.ids, 'active', 40_000)
  await second.allBecome(stopped.ids, 'active', 40_000)
  stopped.worker.kill('SIGCONT')
  await sleep(1500)
  for (const { agency, ids } of [
    { agency: first, ids: killed.ids },
    { agency: second, ids: stopped.ids },
  ]) {
    expect(await agency.statuses(ids)).toEqual({ active: LOCATIONS })
    const counts = ids.map((id) => agency.exchanges()[id] ?? 0)
    expect(Math.min(...counts)).toBe(1)
    // What was under way when it ended had to be asked for again, once.
    expect(Math.max(...counts)).toBeLessThanOrEqual(2)
    const [sample = ''] = ids.slice(-1)
    const token = await line.worker.accessTokens.getAccessToken(agency.tenantOf(sample))
    expect(await answerTo(line, token, sample)).toBe(200)
  }
})
