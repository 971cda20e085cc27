import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import { type Account, openAccount } from '../support/account.ts'
import { addEventFlow, rowOf } from '../support/event-flow.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

/** A text message goes out for each new task. Nobody can look up whether one did, and none may go out twice. */

let line: Line
let account: Account
let stranger: Account

beforeAll(async () => {
  line = await startLine()
  account = await openAccount(line, 0, line.activeTrail.token)
  stranger = await openAccount(line, 3)
  for (const one of [account, stranger]) await addTexting(line, one)
})

afterAll(() => line?.close())

const NUMBER = '+972501112233'
const SENDS = { method: 'POST', path: '/smscampaign/OperationalMessage' }
const MAY_BE_DONE =
  'It may have been done, or not: the answer was lost. It is not done a second time by itself; look over there and decide.'

const addTexting = (on: Line, who: Account): Promise<string> =>
  addEventFlow(on, who, {
    ...{ name: 'Text for a new task', trigger: 'highlevel.task_created', operation: 'activetrail.send_sms' },
    rows: [
      rowOf('name', { kind: 'constant', value: 'New task' }),
      rowOf('from_name', { kind: 'constant', value: 'Studio' }),
      rowOf('content', { kind: 'field', field: 'title' }),
      rowOf('phone_numbers', { kind: 'constant', value: [NUMBER] }),
    ],
  })

/** What went out. */
const texts = (content: string, on = line) =>
  on.activeTrail.control.smsCampaigns().filter((one) => one.content === content).length
/** What the product asked for. */
const sends = (content: string, on = line) =>
  on.activeTrail.control
    .requests({ method: 'POST' })
    .filter(({ body }) => (body as { details?: { content?: string } })?.details?.content === content).length

const addTask = (title: string, on = line, who = account): void => {
  const { id } = on.highLevel.control.createContact(who.locationId, { firstName: 'Noa' })
  on.highLevel.control.createTask(id, { title })
}

type Asked = {
  id: string
  kind: string
  question: string
  details: Record<string, unknown>
  highLevelId: string | null
}
const asked = async (who = account): Promise<Asked[]> =>
  ((await (await who.owner.get('/settings/conflicts')).json()) as { conflicts: Asked[] }).conflicts
const decide = async ({ id }: Asked, kind: string, who = account): Promise<number> =>
  (await who.owner.send('POST', '/settings/conflicts/decisions', { conflictIds: [id], decision: { kind } })).status

const askedOnce = async (who = account, but?: Asked): Promise<Asked> => {
  const [question, ...others] = await eventually(
    () => asked(who),
    (all) => all.some(({ id }) => id !== but?.id),
    40_000,
  )
  expect(others).toEqual([])
  return question as Asked
}

/** A text whose answer never comes, until its owner is asked. */
async function lose(content: string, fault: Fault): Promise<Asked> {
  line.activeTrail.control.fail({ ...SENDS, ...fault })
  addTask(content)
  const question = await askedOnce()
  await account.settled()
  return question
}

const runOf = async (trigger: string) => {
  const rows = await line.database.system.sql('runs').where({ tenant_id: account.tenantId, trigger }).orderBy('id')
  return rows.at(-1)
}

test('what was done although its answer was lost is not done again: the owner is asked, and says so', async () => {
  const question = await lose('Lost after it went out', { cut: true, afterEffect: true })
  expect(texts('Lost after it went out')).toBe(1)
  expect(await runOf('highlevel.task_created')).toMatchObject({ outcome: 'failed', reason: MAY_BE_DONE })
  expect(question).toMatchObject({
    kind: 'unknown_outcome',
    highLevelId: expect.any(String),
    question: expect.stringMatching(/was it done, or is it to be done again\?$/),
    details: { operation: 'activetrail.send_sms' },
  })
  expect(await asked(stranger)).toEqual([])
  expect(await decide(question, 'repeat', stranger)).toBe(404)
  expect(await decide(question, 'go_on')).toBe(400)
  expect(await decide(question, 'done')).toBe(204)
  expect(await decide(question, 'repeat')).toBe(409)
  addTask('The one after')
  await eventually(
    () => texts('The one after'),
    (count) => count === 1,
  )
  expect(await asked()).toEqual([])
  expect([texts('Lost after it went out'), sends('Lost after it went out')]).toEqual([1, 1])
  const writes = await line.database.system.sql('writes').where({ tenant_id: account.tenantId, kind: 'operation' })
  expect(writes).toContainEqual(
    expect.objectContaining({ state: 'done', reason: 'Its owner says that it was done.' }) as unknown,
  )
}, 60_000)

test('what was not done is done once, as its owner says', async () => {
  const question = await lose('Lost before it went out', { cut: true })
  expect([texts('Lost before it went out'), sends('Lost before it went out')]).toEqual([0, 1])
  expect(await decide(question, 'repeat')).toBe(204)
  expect(await decide(question, 'repeat')).toBe(409)
  await eventually(
    () => runOf('decision'),
    (run) => run?.outcome === 'succeeded',
  )
  addTask('And another')
  await eventually(
    () => texts('And another'),
    (count) => count === 1,
  )
  expect([texts('Lost before it went out'), sends('Lost before it went out')]).toEqual([1, 2])
  expect(await asked()).toEqual([])
}, 60_000)

test('when the answer of the second time is lost too, the owner is asked again', async () => {
  const first = await lose('Lost twice', { cut: true })
  line.activeTrail.control.fail({ ...SENDS, cut: true, afterEffect: true })
  expect(await decide(first, 'repeat')).toBe(204)
  const second = await askedOnce(account, first)
  expect([texts('Lost twice'), sends('Lost twice')]).toEqual([1, 2])
  expect(await decide(second, 'leave')).toBe(204)
  expect(await asked()).toEqual([])
  expect(sends('Lost twice')).toBe(2)
}, 60_000)

test('a worker killed between the partner’s answer and our store: the owner is asked, and nothing is done twice', async () => {
  const other = await startLine({ work: false })
  const who = await openAccount(other, 0, other.activeTrail.token)
  await addTexting(other, who)
  const environment = { PATH: process.env.PATH, ...other.environment }
  const doomed = spawn(process.execPath, ['src/worker.ts'], { env: environment, stdio: 'ignore' })
  onTestFinished(async () => {
    doomed.kill('SIGKILL')
    await other.worker.stop(1000)
    await other.close()
  })
  other.activeTrail.control.fail({ ...SENDS, delayMs: 120_000, afterEffect: true })
  addTask('Orphaned', other, who)
  await eventually(
    () => sends('Orphaned', other),
    (calls) => calls === 1,
    30_000,
  )
  const dead = once(doomed, 'exit')
  doomed.kill('SIGKILL')
  await dead
  await other.worker.start()
  const question = await askedOnce(who)
  expect(question).toMatchObject({ kind: 'unknown_outcome' })
  await who.settled()
  expect([texts('Orphaned', other), sends('Orphaned', other)]).toEqual([1, 1])
  expect(await decide(question, 'done', who)).toBe(204)
}, 90_000)
