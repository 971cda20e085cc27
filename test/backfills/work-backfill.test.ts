import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listKept } from '../../src/backfills/backfill-record-store.ts'
import { updateFlow } from '../../src/flows/flow-store.ts'
import type { HighLevelApi } from '../../src/highlevel/api.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import { dyingAfter, type Importing, outcomeOf, startImporting } from './importing.ts'

let house: Importing

beforeAll(async () => {
  house = await startImporting()
})

afterAll(() => house?.close())

const isSearch = ({ path }: { path: string }): boolean => path === '/contacts/search'

test('a plan writes nothing, a test writes ten, and a run writes each record once', async () => {
  const { plan, turn, change, get, engine, contacts, tenantId } = await house.open(0, 30)
  const all = contacts()
  const id = await plan()
  await expect(plan()).rejects.toMatchObject({ code: 'conflict' })
  await expect(change(id, 'run')).rejects.toMatchObject({ code: 'conflict' })
  await turn(id)
  expect(await get(id)).toMatchObject({ status: 'planned', total: all.length, done: 0 })
  expect(engine.writes.size).toBe(0)
  expect(new Set(engine.planned)).toEqual(new Set(all))

  await change(id, 'test')
  await turn(id)
  expect(engine.writes.size).toBe(10)
  const tested = await house.core.database.asTenant(tenantId, (db) =>
    listKept(db, { backfillId: id, phase: 'test' }, { most: 50 }),
  )
  expect(tested.map(({ outcome, partnerId }) => [outcome, partnerId !== null])).toEqual(
    Array(10).fill(['created', true]),
  )

  await expect(change(id, 'run', false)).rejects.toMatchObject({ code: 'conflict' })
  await change(id, 'run')
  engine.before = (task) => {
    if (task.recordId === all[3]) return outcomeOf(task, 'failed', 'It has no address.')
    if (task.recordId === all[4]) throw new Trouble('rejected', { detail: 'It is refused there.' })
    return undefined
  }
  await turn(id)
  const over = await get(id)
  const tried = [all[3], all[4]].filter((one) => !engine.writes.has(String(one))).length
  expect(over).toMatchObject({ status: 'done', done: all.length, reason: null })
  expect(over.counts).toMatchObject({ created: all.length - 10 - tried, failed: 2 })
  expect([...engine.writes.values()].every((times) => times === 1)).toBe(true)
  expect(engine.tasks.every(({ quiet, cause }) => quiet && cause.kind === 'backfill')).toBe(true)
  const failures = await house.core.database.asTenant(tenantId, (db) =>
    listKept(db, { backfillId: id, phase: 'run' }, { most: 50 }),
  )
  expect(failures.map(({ reason }) => reason).sort()).toEqual(['It has no address.', 'It is refused there.'])
  const actions = await house.line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, target: `backfill/${id}` })
    .orderBy('seq')
    .pluck('action')
  expect(actions).toEqual([
    'backfill.planned',
    'backfill.finished',
    'backfill.test_started',
    'backfill.finished',
    'backfill.started',
    'backfill.finished',
  ])
})

test('killed between any two transactions it goes on: each record is written once, and progress never goes back', async () => {
  const { begin, untilOver, engine, contacts, get } = await house.open(1, 12)
  const id = await begin()
  let transactions = 1
  const seen: number[] = []
  const states = await untilOver(id, () => ({
    database: dyingAfter(house.core.database, transactions++),
    turnMs: 40,
  })).catch(() => [])
  expect(states).toEqual([]) // the first ones died
  for (; transactions < 120; transactions++) {
    await sleep(45)
    const other = { database: dyingAfter(house.core.database, transactions), turnMs: 40 }
    await untilOver(id, () => other).catch(() => {})
    const { done, status } = await get(id)
    seen.push(done)
    if (status === 'done') break
  }
  expect(seen).toEqual([...seen].sort((one, other) => one - other))
  const over = await get(id)
  expect(over).toMatchObject({ status: 'done', done: contacts().length })
  expect(new Set(engine.writes.keys())).toEqual(new Set(contacts()))
  // Of what was written and not yet counted when it was killed, the next one says that it is there.
  expect(over.counts.created + over.counts.unchanged).toBe(contacts().length)
})

test('pages that shift, repeat and expire while they are read: all that was there is met', async () => {
  const { begin, turn, engine, contacts, get, add, deps } = await house.open(2, 40)
  const id = await begin()
  const before = contacts()
  const { control } = house.line.highLevel
  let searches = 0
  const gone: string[] = []
  const shifting =
    (api: HighLevelApi): HighLevelApi =>
    async (request) => {
      if (isSearch(request) && ++searches === 3 && 'searchAfter' in (request.body as object)) {
        throw new Trouble('rejected', { detail: 'The cursor is too old.' })
      }
      const answer = await api(request)
      if (isSearch(request) && searches < 8) {
        const victim = before[searches * 2] ?? ''
        if (!engine.writes.has(victim)) gone.push(victim)
        control.dropNextWebhooks(2)
        control.deleteContact(victim)
        control.updateContact(String(before.at(-searches)), { city: `Moved ${searches}` })
        add(1)
      }
      return answer
    }
  await turn(id, { backfillApi: (tenantId) => shifting(deps.backfillApi(tenantId)) })
  expect((await get(id)).status).toBe('done')
  expect(contacts().filter((one) => !engine.writes.has(one))).toEqual([])
  expect(gone.length).toBeGreaterThan(0)
  expect(searches).toBeGreaterThan(8)
})

test('what changed while it ran is looked at once more, and what came of it counts', async () => {
  const { begin, turn, engine, contacts, get, deps, tenantId } = await house.open(3, 10)
  const [first = '', second = ''] = contacts()
  const id = await begin()
  engine.tasks.length = 0
  engine.before = (task) => {
    const isAgain = engine.tasks.filter(({ recordId }) => recordId === task.recordId).length > 1
    if (task.recordId === first) return outcomeOf(task, isAgain ? 'updated' : 'created')
    if (task.recordId === second) return outcomeOf(task, isAgain ? 'created' : 'failed', 'Not yet.')
    return undefined
  }
  const { control } = house.line.highLevel
  const editing: HighLevelApi = async (request) => {
    const answer = await deps.backfillApi(tenantId)(request)
    control.dropNextWebhooks(2)
    for (const one of [first, second]) control.updateContact(one, { city: `Moved ${Math.random()}` })
    return answer
  }
  await turn(id, { backfillApi: () => editing })
  const over = await get(id)
  expect(over).toMatchObject({ status: 'done', done: contacts().length })
  expect(over.counts).toMatchObject({ updated: 1, failed: 0 })
  expect(engine.tasks.filter(({ recordId }) => recordId === second)).toHaveLength(2)
})

test('two workers at once: one has the turn, and each record is looked at once by one of them', async () => {
  const { begin, turn, engine, contacts, get } = await house.open(3, 20)
  const id = await begin()
  engine.tasks.length = 0
  engine.before = async () => void (await sleep(2))
  await Promise.all([turn(id), turn(id), turn(id)])
  expect((await get(id)).status).toBe('done')
  const all = contacts().length
  expect(engine.tasks.length).toBeLessThanOrEqual(2 * all) // once, and once more for what is younger than the overlap
  expect((await get(id)).done).toBe(all)
})

test('a spent budget is waited for, by itself; refused credentials, a flow that is off and a pause wait for the owner', async () => {
  const { begin, turn, change, engine, contacts, get, tenantId, flowId } = await house.open(0, 12)
  const id = await begin()
  const fifth = contacts()[5] ?? ''
  const written = engine.writes.size
  engine.before = ({ recordId }) => {
    if (recordId !== fifth) return undefined
    throw new Trouble('rate_limited', { detail: 'Today’s calls are used up.', retryAfterMs: 3_600_000 })
  }
  await turn(id)
  const waiting = await get(id)
  expect(waiting).toMatchObject({ status: 'waiting', resumes: 'running', reason: 'Today’s calls are used up.' })
  expect(waiting.wakeAt?.getTime()).toBeGreaterThan(house.core.now() + 3_500_000)
  await turn(id)
  await house.line.database.system.sql('pgboss.job').where({ name: 'work-backfill' }).delete()
  await house.wake()
  expect((await house.jobs(id)).length).toBe(0)
  house.wait(3_700_000)
  await house.wake()
  await house.wake()
  expect((await house.jobs(id)).length).toBe(1)

  engine.before = () => {
    throw new Trouble('credentials_refused', { detail: 'The key is not accepted.' })
  }
  await turn(id)
  expect(await get(id)).toMatchObject({ status: 'waiting', reason: 'The key is not accepted.' })
  await house.line.database.system.sql('connections').where({ tenant_id: tenantId }).update({ status: 'active' })
  const flip = (enabled: boolean) =>
    house.core.database.asTenant(tenantId, (db) => updateFlow(db, flowId, { enabled }, new Date()))
  await flip(false)
  await change(id, 'resume')
  await turn(id)
  expect((await get(id)).reason).toContain('switched off')
  await flip(true)

  await change(id, 'resume')
  engine.before = async ({ recordId }) => {
    if (recordId === fifth) await change(id, 'pause').catch(() => {})
    return undefined
  }
  await turn(id)
  const paused = await get(id)
  expect(paused).toMatchObject({ status: 'paused', resumes: 'running' })
  expect(paused.done).toBeLessThan(contacts().length)
  await turn(id)
  expect((await get(id)).done).toBe(paused.done)
  engine.before = () => undefined
  await change(id, 'resume')
  await turn(id)
  expect(await get(id)).toMatchObject({ status: 'done', done: contacts().length })
  expect(engine.writes.size).toBeGreaterThan(written)
})

test('many failures in a row stop it until the owner has looked; a cancelled one does nothing any more', async () => {
  const { begin, turn, change, engine, get } = await house.open(3, 120)
  const id = await begin()
  engine.before = (task) => outcomeOf(task, 'failed', 'Nothing is accepted.')
  await turn(id)
  const stopped = await get(id)
  expect(stopped).toMatchObject({ status: 'waiting', wakeAt: null })
  expect(stopped.counts.failed).toBeLessThan(70)
  engine.before = () => undefined
  await change(id, 'cancel')
  const before = engine.writes.size
  await turn(id)
  expect(engine.writes.size).toBe(before)
  expect((await get(id)).status).toBe('cancelled')
  await expect(change(id, 'resume')).rejects.toMatchObject({ code: 'conflict' })
})

test('an uninstall in the middle ends it, and its tokens are not asked for again', async () => {
  const { begin, turn, engine, get, account } = await house.open(4, 30)
  const id = await begin()
  let looked = 0
  engine.before = async () => {
    if (++looked !== 5) return undefined
    house.line.highLevel.control.uninstall({ locationId: account.locationId })
    await house.line.highLevel.control.webhooksSettled(10_000)
    const { leave } = house.core
    await house.core.database.asTenant(account.tenantId, (db) =>
      leave(db, {
        isGone: false,
        at: new Date(house.core.now()),
        actor: { kind: 'highlevel', id: 'test' },
        erase: false,
      }),
    )
    return undefined
  }
  await turn(id)
  const ended = await get(id)
  expect(ended).toMatchObject({ status: 'cancelled', reason: 'The app was uninstalled before it was done.' })
  const looks = engine.tasks.length
  await turn(id)
  expect(engine.tasks).toHaveLength(looks)
})
