import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

let line: Line
let account: Account
let doomed: ChildProcess

beforeAll(async () => {
  line = await startLine({ work: false })
  account = await openAccount(line, 0)
  const environment = { PATH: process.env.PATH, ...line.environment }
  doomed = spawn(process.execPath, ['src/worker.ts'], { env: environment, stdio: 'ignore' })
})

afterAll(async () => {
  doomed?.kill('SIGKILL')
  await line?.worker.stop(1000)
  await line?.close()
})

const asked = (method: string, path: string) =>
  line.activeTrail.control.requests().filter((one) => one.method === method && one.path.endsWith(path))

test('a worker killed between the partner’s answer and our store: the contact and its group are there once', async () => {
  const { control } = line.activeTrail
  control.fail({ method: 'POST', path: '/contacts', delayMs: 60_000, afterEffect: true })
  control.fail({ method: 'POST', path: '/groups', delayMs: 60_000, afterEffect: true })
  line.highLevel.control.createContact(account.locationId, { email: 'once@example.com', firstName: 'Once' })
  const { id } = control.createContact({ email: 'grouped@example.com' }, account.token)
  line.highLevel.control.createContact(account.locationId, { email: 'grouped@example.com', tags: ['made once'] })
  await eventually(
    () => asked('POST', '/contacts').length + asked('POST', '/groups').length,
    (calls) => calls === 2,
    20_000,
  )
  const dead = once(doomed, 'exit')
  doomed.kill('SIGKILL')
  await dead
  await line.worker.start()
  await account.settled()
  expect(account.only({ email: 'once@example.com' })).toMatchObject({ first_name: 'Once' })
  expect(account.only({ email: 'grouped@example.com' })).toMatchObject({ id, groups: ['made once'] })
  expect(account.groups('made once')).toHaveLength(1)
  expect(asked('POST', '/contacts')).toHaveLength(1)
  for (const run of await account.runs()) expect(run).toMatchObject({ outcome: 'succeeded', attempts: 2 })
})
