import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

let line: Line
let account: Account

beforeAll(async () => {
  line = await startLine()
  account = await openAccount(line, 0)
})

afterAll(() => line?.close())

const calls = (method: string, path: RegExp) =>
  line.activeTrail.control.requests().filter((one) => one.method === method && path.test(one.path))

const steps = async (contactId: string) =>
  (await account.runs(contactId))[0]?.steps.map(({ action, outcome }) => `${action} ${outcome}`)

const finished = (contactId: string, forMs = 15_000) =>
  eventually(
    () => account.runs(contactId),
    ([run]) => run !== undefined && run.finishedAt !== null,
    forMs,
  )

const create = (email: string, tags: string[]): string =>
  line.highLevel.control.createContact(account.locationId, { email, city: 'Haifa', tags }).id

describe.concurrent('the second step fails', () => {
  const faults: { name: string; fault: Fault; said: RegExp }[] = [
    { name: '500', fault: { status: 500 }, said: /status 500/ },
    { name: '429', fault: { status: 429 }, said: /slow down/ },
    { name: 'the connection cut', fault: { cut: true }, said: /could not be reached/ },
    { name: 'the answer lost', fault: { cut: true, afterEffect: true }, said: /could not be reached/ },
    { name: '500 after the effect', fault: { status: 500, afterEffect: true }, said: /status 500/ },
    { name: 'an error page', fault: { status: 503, html: true }, said: /status 503/ },
  ]

  test.for(faults)('with $name: it is tried again, and the first is not repeated', async ({ name, fault, said }) => {
    const { control } = line.activeTrail
    const tag = name.toLowerCase()
    const { id: group } = control.createGroup(tag, account.token)
    const email = `${tag.replace(/\W/g, '')}@example.com`
    control.fail({ ...fault, method: 'POST', path: `/groups/${group}/members` })
    const [run] = await finished(create(email, [tag]))
    expect(run).toMatchObject({ outcome: 'succeeded', attempts: 2, reason: null })
    expect(run?.steps).toMatchObject([
      { action: 'upsert_contact', outcome: 'succeeded', reason: null },
      { action: 'ensure_group', outcome: 'unchanged', reason: null },
      { action: 'add_to_group', outcome: 'failed', reason: expect.stringMatching(said) },
      { action: 'add_to_group', outcome: 'succeeded', reason: null },
    ])
    const made = calls('POST', /\/contacts$/).filter(({ body }) => JSON.stringify(body).includes(email))
    expect(made).toHaveLength(1)
    expect(account.only({ email }).groups).toEqual([tag])
  })

  test('slowly: it is waited for, and done once', async () => {
    const { control } = line.activeTrail
    const { id: group } = control.createGroup('slow', account.token)
    control.fail({ delayMs: 1500, path: `/groups/${group}/members`, method: 'POST' })
    const [run] = await finished(create('slow@example.com', ['slow']))
    expect(run).toMatchObject({ outcome: 'succeeded', attempts: 1 })
  })
})

describe('the second step fails', () => {
  test('with a wait asked for: the partner is left alone until then', async () => {
    const { control } = line.activeTrail
    const { id: group } = control.createGroup('patience', account.token)
    control.fail({ status: 429, headers: { 'retry-after': '2' }, path: `/groups/${group}/members`, method: 'POST' })
    const id = create('patience@example.com', ['patience'])
    await finished(id)
    const [refused, next] = calls('POST', new RegExp(`/groups/${group}/members`))
    const others = control.requests().filter(({ at }) => at > Number(refused?.at) && at < Number(next?.at))
    expect(Number(next?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(2000)
    expect(others.filter(({ at }) => at - Number(refused?.at) < 1900)).toEqual([])
  })

  test('for good: it is not tried again, and what succeeded stays', async () => {
    const { control } = line.activeTrail
    const { id: group } = control.createGroup('refused', account.token)
    const body = { Message: 'This group is locked.' }
    control.fail({ status: 400, body, path: `/groups/${group}/members`, method: 'POST', times: 9 })
    const id = await account.create({ email: 'refused@example.com', tags: ['refused'] })
    control.clearFaults()
    expect((await account.runs(id))[0]).toMatchObject({
      outcome: 'failed',
      attempts: 1,
      reason: expect.stringMatching(/locked/),
    })
    expect(account.only({ email: 'refused@example.com' })).toBeDefined()
    await account.edit(id, { city: 'Lod' })
    expect(account.only({ email: 'refused@example.com' })).toMatchObject({ city: 'Lod', groups: ['refused'] })
  })
})

describe.concurrent('the first step fails', () => {
  test('at HighLevel: the event is tried again', async () => {
    const id = create('later@example.com', [])
    line.highLevel.control.failNext({ kind: 'answer', path: `/contacts/${id}`, status: 500 })
    expect(await finished(id)).toMatchObject([{ outcome: 'succeeded', attempts: 1 }])
    expect(account.only({ email: 'later@example.com' })).toBeDefined()
  })

  test.for<[string, Fault]>([
    ['cut before the effect', { cut: true }],
    ['cut after the effect', { cut: true, afterEffect: true }],
    ['500 after the effect', { status: 500, afterEffect: true }],
  ])('%s: the contact is there once', async ([name, fault]) => {
    const { control } = line.activeTrail
    const email = `${name.replace(/\W/g, '.')}@example.com`
    control.fail({ ...fault, method: 'POST', path: '/contacts' })
    await finished(create(email, ['survivors']))
    expect(account.only({ email })).toMatchObject({ city: 'Haifa', groups: ['survivors'] })
  })
})

describe('the first step fails', () => {
  test('while the group is made: there is one group', async () => {
    const { control } = line.activeTrail
    control.fail({ cut: true, afterEffect: true, method: 'POST', path: '/groups' })
    await account.create({ email: 'founder@example.com', tags: ['founded once'] })
    expect(account.groups('founded once')).toMatchObject([{ members: [{ email: 'founder@example.com' }] }])
  })

  test('for good: it is said, and not tried again', async () => {
    line.activeTrail.control.fail({
      status: 400,
      body: { Message: 'No more contacts in this plan.' },
      method: 'POST',
      path: '/contacts',
    })
    const id = await account.create({ email: 'toomany@example.com' })
    expect(await account.runs(id)).toMatchObject([
      { outcome: 'failed', attempts: 1, reason: expect.stringMatching(/No more contacts in this plan/) },
    ])
    expect(await steps(id)).toEqual(['upsert_contact failed'])
  })
})

test('a finished run never changes', async () => {
  const id = await account.create({ email: 'finished@example.com' })
  const [run] = await account.runs(id)
  const change = line.database.asTenant(account.tenantId, (db) =>
    db.sql('runs').where({ tenant_id: account.tenantId, id: run?.id }).update({ outcome: 'failed' }),
  )
  await expect(change).rejects.toThrow('a finished run never changes')
  expect((await account.runs(id))[0]).toEqual(run)
})

test('a flow that is switched off starts nothing, and ends what was to be tried again', async () => {
  const flowId = await line.database.asTenant(account.tenantId, async (db) => {
    const flow = await db.sql('flows').where({ tenant_id: account.tenantId }).first('id')
    return String(flow.id)
  })
  const turn = (enabled: boolean) => account.owner.send('PUT', `/settings/flows/${flowId}/switch`, { enabled })
  line.activeTrail.control.fail({ status: 500, path: '/contacts', times: 50 })
  const { id: waiting } = line.highLevel.control.createContact(account.locationId, { email: 'waiting@example.com' })
  await eventually(
    () => account.runs(waiting),
    ([run]) => run?.outcome === 'retrying',
  )
  expect((await turn(false)).status).toBe(204)
  line.activeTrail.control.clearFaults()
  const off = await account.create({ email: 'off@example.com' })
  expect(await account.runs(waiting)).toMatchObject([{ outcome: 'skipped', reason: 'The flow was switched off.' }])
  expect(await account.runs(off)).toEqual([])
  expect(account.there({ email: 'waiting@example.com' })).toEqual([])
  expect((await turn(true)).status).toBe(204)
  await account.edit(off, { city: 'Lod' })
  expect(account.only({ email: 'off@example.com' })).toMatchObject({ city: 'Lod' })
})

test('what is given up after many attempts is told as failed, not as waiting', async () => {
  line.activeTrail.control.fail({ status: 500, path: '/contacts', times: 50 })
  const id = create('hopeless@example.com', [])
  await eventually(
    () => account.runs(id),
    ([run]) => run?.outcome === 'retrying',
  )
  await line.database.asTenant(account.tenantId, (db) =>
    db
      .sql('deliveries')
      .where({ tenant_id: account.tenantId, state: 'received' })
      .update({ attempts: 200, troubles: 200 }),
  )
  const [run] = await finished(id)
  line.activeTrail.control.clearFaults()
  expect(run).toMatchObject({ outcome: 'failed', reason: 'It was tried many times and given up.' })
  expect((await account.deliveries()).at(-1)).toMatchObject({ state: 'dead', reason: 'unavailable' })
})
