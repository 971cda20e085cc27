import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findConnector } from '../../src/connectors/registry.ts'
import { openDatabase } from '../../src/db/database.ts'
import { findHook } from '../../src/webhooks/find-hook.ts'
import { type Account, openAccount } from '../support/account.ts'
import {
  type CallOptions,
  callHook,
  hookDeliveries,
  type Registered,
  registered,
  settledHooks,
} from '../support/hooked.ts'
import { leaksIn } from '../support/leaks.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

let line: Line
let mine: Account
let hook: Registered
let theirs: Account
let theirHook: Registered
/** Of a connection that was removed. */
let gone: Registered

beforeAll(async () => {
  line = await startLine({ hooks: true })
  mine = await openAccount(line, 0)
  theirs = await openAccount(line, 1)
  const third = await openAccount(line, 2)
  hook = await registered(line, mine.token)
  theirHook = await registered(line, theirs.token)
  gone = await registered(line, third.token)
  const removed = await third.owner.send('DELETE', `/settings/connections/${third.connectionId}`)
  expect(removed.status).toBe(204)
})

afterAll(() => line?.close())

const countDeliveries = async (): Promise<number> => {
  const rows = await line.database.system.sql('deliveries').whereNotNull('connection_id').select('id')
  return rows.length
}

describe('what ActiveTrail tells', () => {
  test('is stored under its tenant, for its connection, and settled', async () => {
    const { id } = line.activeTrail.control.createContact({ email: 'told@example.com' }, mine.token)
    const key = `${mine.tenantId}/${mine.connectionId}/${id}`
    const about = async () => (await hookDeliveries(line, mine.connectionId)).filter((one) => one.ordering_key === key)
    const told = await eventually(about, ([first]) => first?.state === 'done')
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({
      tenant_id: mine.tenantId,
      source: 'activetrail',
      event_type: 'contact_changed',
      headers: { 'x-causeway-contact': String(id) },
      state: 'done',
      reason: 'no_flow',
    })
  })

  test('comes from two accounts at once, to each its own, unsubscribing and deleting too', async () => {
    const { control } = line.activeTrail
    const made = [mine, theirs].map(({ token }) => ({
      token,
      id: control.createContact({ email: `both@${token.slice(-4)}.example.com` }, token).id,
    }))
    await control.hooksSettled()
    for (const { id } of made) control.editContact(id, { status: 'Unsubscribed' })
    await control.hooksSettled()
    for (const { id } of made) control.deleteContact(id)
    await control.hooksSettled()
    for (const [index, account] of [mine, theirs].entries()) {
      const told = (await settledHooks(line, account.connectionId)).map((one) => [one.tenant_id, one.ordering_key])
      const key = `${account.tenantId}/${account.connectionId}/${made[index]?.id}`
      expect(told.filter(([, about]) => about === key).length).toBeGreaterThan(0)
      expect(new Set(told.map(([tenantId]) => tenantId))).toEqual(new Set([account.tenantId]))
      expect(told.map(([, about]) => about)).not.toContain(
        `${account.tenantId}/${account.connectionId}/${made[1 - index]?.id}`,
      )
    }
  })

  test('of what we wrote ourselves leads to nothing', async () => {
    const { control } = line.activeTrail
    const contactId = await mine.create({ email: 'echo@example.com', firstName: 'Echo' })
    await control.hooksSettled()
    await settledHooks(line, mine.connectionId)
    const { id } = mine.only({ email: 'echo@example.com' })
    const told = (await hookDeliveries(line, mine.connectionId)).filter((one) => one.ordering_key.endsWith(`/${id}`))
    expect(told.length).toBeGreaterThan(0)
    expect(await mine.runs(contactId)).toHaveLength(1)
  })

  test('may come twice and in any order', async () => {
    const { control } = line.activeTrail
    const before = control.hookCalls().length
    const { id } = control.createContact({ email: 'again@example.com' }, theirs.token)
    await control.hooksSettled()
    control.holdHooks()
    control.duplicateNextHooks(2)
    for (const city of ['Lod', 'Haifa', 'Jaffa']) control.editContact(id, { city })
    control.releaseHooks('reversed')
    await control.hooksSettled()
    const calls = control.hookCalls().slice(before)
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect((await settledHooks(line, theirs.connectionId)).at(-1)).toMatchObject({ state: 'done' })
  })
})

test('two hundred calls, fifty at once, are all answered and soon settled', async () => {
  const statuses: number[] = []
  let left = 200
  const caller = async (): Promise<void> => {
    while (left-- > 0) statuses.push((await callHook(hook.url, { key: hook.key, contact: '70003' })).status)
  }
  await Promise.all(Array.from({ length: 50 }, caller))
  expect(statuses).toHaveLength(200)
  expect(new Set(statuses)).toEqual(new Set([200]))
  const all = (await settledHooks(line, mine.connectionId)).filter((one) => one.ordering_key.endsWith('/70003'))
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['done']))
  expect(all.length).toBeLessThan(200)
})

describe('whatever is wrong with an address', () => {
  const NOBODY = '0190a0a0-0000-7000-8000-000000000000'
  const origin = () => `${line.appUrl}/hooks`
  const wrong: [string, () => [url: string, options: CallOptions]][] = [
    ['an unknown connection', () => [`${origin()}/${NOBODY}/${hook.secret}`, { key: hook.key }]],
    ['an id that is none', () => [`${origin()}/nonsense/${hook.secret}`, { key: hook.key }]],
    ['an id with a quote in it', () => [`${origin()}/'or'1'='1/${hook.secret}`, { key: hook.key }]],
    ['an id that does not decode', () => [`${origin()}/%E0%A4%A/${hook.secret}`, { key: hook.key }]],
    ['a secret that does not decode', () => [`${origin()}/${hook.connectionId}/%ff`, { key: hook.key }]],
    ['a zero byte', () => [`${origin()}/%00/${hook.secret}%00`, { key: hook.key }]],
    ['another secret', () => [`${origin()}/${hook.connectionId}/${hook.secret.toLowerCase()}`, { key: hook.key }]],
    ['a part of the secret', () => [hook.url.slice(0, -1), { key: hook.key }]],
    ['more than the secret', () => [`${hook.url}a`, { key: hook.key }]],
    ['no key', () => [hook.url, {}]],
    ['another key', () => [hook.url, { key: theirHook.key }]],
    ['the key as the secret', () => [`${origin()}/${hook.connectionId}/${hook.key}`, { key: hook.secret }]],
    [
      'another account’s secret',
      () => [`${origin()}/${hook.connectionId}/${theirHook.secret}`, { key: theirHook.key }],
    ],
    ['another account’s connection', () => [`${origin()}/${theirHook.connectionId}/${hook.secret}`, { key: hook.key }]],
    ['a connection that was removed', () => [gone.url, { key: gone.key }]],
    ['a body that is none', () => [gone.url, { key: gone.key, body: Buffer.from([0xff, 0xfe, 0]) }]],
  ]

  /** All that tells one answer from another, but the moment. */
  async function appearance(answer: Response): Promise<unknown> {
    const { date: _date, ...headers } = Object.fromEntries(answer.headers)
    return { status: answer.status, text: await answer.text(), headers }
  }

  test.each(wrong)('%s is answered alike and leaves no trace', async (_what, given) => {
    const before = await countDeliveries()
    const seen = await appearance(await callHook(...given()))
    const usual = await appearance(await callHook(`${origin()}/${NOBODY}/x`, {}))
    expect(seen).toEqual(usual)
    expect(usual).toMatchObject({ status: 404, text: expect.stringContaining('There is nothing here.') })
    expect(await countDeliveries()).toBe(before)
  })

  test('costs one look at the database, the same as what is right', async () => {
    const database = openDatabase({ url: line.databaseUrl, max: 1, name: 'counting' })
    const looks: string[] = []
    database.system.sql.on('query', ({ sql }: { sql: string }) => looks.push(sql))
    const deps = { system: database.system, now: Date.now, findConnector }
    const headers = { 'x-causeway-key': hook.key }
    const { connectionId, secret } = hook
    const calls = [
      { connectionId, secret, headers },
      { connectionId, secret: 'wrong', headers },
      { connectionId: 'none', secret, headers },
      { connectionId: gone.connectionId, secret: gone.secret, headers: { 'x-causeway-key': gone.key } },
      { connectionId: NOBODY, secret, headers: {} },
    ]
    const found = []
    for (const call of calls) found.push(await findHook(deps, call))
    await database.close()
    expect(found.map((one) => one?.connectionId)).toEqual([connectionId, undefined, undefined, undefined, undefined])
    expect(looks).toHaveLength(calls.length)
    expect(new Set(looks).size).toBe(1)
  })
})

describe('the door', () => {
  test('knows no other method and no other path', async () => {
    const before = await countDeliveries()
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
      expect((await fetch(hook.url, { method, headers: { 'x-causeway-key': hook.key } })).status).toBe(404)
    }
    for (const url of [`${hook.url}/more`, `${line.appUrl}/hooks`, `${line.appUrl}/hooks/${hook.connectionId}`]) {
      expect((await callHook(url, { key: hook.key })).status).toBe(404)
    }
    expect(await countDeliveries()).toBe(before)
  })

  test.each([
    ['too large', 413, () => ({ body: Buffer.alloc(256 * 1024 + 1, 32) })],
    ['encoded', 415, () => ({ headers: { 'content-encoding': 'gzip' } })],
  ])('a body that is %s is refused before anybody looks whose it is', async (_what, status, options) => {
    for (const { url, key } of [hook, gone]) expect((await callHook(url, { key, ...options() })).status).toBe(status)
  })

  test('an endless body is cut off', async () => {
    const answered = await new Promise<number | undefined>((resolve) => {
      const sending = httpRequest(hook.url, { method: 'POST', headers: { 'x-causeway-key': hook.key } })
      sending.on('response', ({ statusCode }) => resolve(statusCode))
      sending.on('error', () => resolve(413)) // it may hang up before its answer is read
      const more = (): void => {
        if (!sending.destroyed) sending.write(Buffer.alloc(64 * 1024), () => setImmediate(more))
      }
      more()
      sending.on('response', () => sending.destroy())
    })
    expect(answered).toBe(413)
  })

  const garbage = ['', 'null', '[]', '{"a":', '"\u0000"', '[['.repeat(100_000), '{"__proto__":{"x":1}}', '\ufeff{}']

  test('takes any bytes from whoever may call: what names no contact is kept as unreadable', async () => {
    for (const body of garbage) {
      expect((await callHook(hook.url, { key: hook.key, contact: '70004', body })).status).toBe(200)
    }
    const names = ['', '0x10', '../1', '1'.repeat(200), '-5', '1; drop table contacts']
    for (const contact of names) {
      const headers = { 'x-causeway-contact': contact }
      const body = `told of ${contact}`
      expect((await callHook(hook.url, { key: hook.key, headers, body })).status).toBe(200)
    }
    const unreadable = (await settledHooks(line, mine.connectionId)).filter(({ state }) => state === 'dead')
    expect(unreadable.map(({ reason, event_type }) => [reason, event_type])).toEqual(
      names.map(() => ['unreadable', 'unreadable']),
    )
    expect(({} as { x?: number }).x).toBeUndefined()
  })
})

describe('a new address', () => {
  const hooksOf = (account: Account) =>
    line.database.system.sql('hook_secrets').where({ connection_id: account.connectionId }).orderBy('generation')

  test('is told to ActiveTrail and on record; the one before counts until the new one has been used for a while', async () => {
    const before = theirHook
    const asked = await theirs.owner.send('POST', `/settings/connections/${theirs.connectionId}/hook`, {})
    expect(asked.status).toBe(204)
    theirHook = await registered(line, theirs.token, before)
    await eventually(
      () => hooksOf(theirs),
      (rows) => rows.at(-1).registered_at !== null,
    )
    expect((await callHook(before.url, { key: before.key })).status).toBe(200)
    expect((await callHook(before.url, { key: theirHook.key })).status).toBe(404)
    const inHours = ([old]: { expires_at: Date }[]) => (Number(old?.expires_at) - Date.now()) / 3_600_000
    expect(inHours(await hooksOf(theirs))).toBeGreaterThan(23)
    expect((await callHook(theirHook.url, { key: theirHook.key })).status).toBe(200)
    expect(inHours(await hooksOf(theirs))).toBeLessThan(1.1)
    expect((await callHook(before.url, { key: before.key })).status).toBe(200)
    await hooksOf(theirs).where({ generation: 1 }).update({ expires_at: new Date() })
    expect((await callHook(before.url, { key: before.key })).status).toBe(404)
    expect((await callHook(theirHook.url, { key: theirHook.key })).status).toBe(200)

    const entries = await line.database.system
      .sql('audit_entries')
      .where({ tenant_id: theirs.tenantId })
      .whereIn('action', ['connection.hook_made', 'connection.hook_registered'])
      .orderBy('seq')
    expect(entries.map(({ actor_kind, action, details }) => [actor_kind, action, details.generation])).toEqual([
      ['schedule', 'connection.hook_made', 1],
      ['schedule', 'connection.hook_registered', 1],
      ['user', 'connection.hook_made', 2],
      ['schedule', 'connection.hook_registered', 2],
    ])
  })

  test('only its hash is kept once it is registered', async () => {
    const { rows } = await line.database.system.sql.raw('select row_to_json(h)::text as row from hook_secrets h')
    expect(rows.length).toBeGreaterThan(1)
    expect((await hooksOf(mine)).map(({ sealed }) => sealed)).toEqual([null])
    expect(leaksIn(rows.map(({ row }: { row: string }) => row).join('\n'), secrets())).toEqual([])
  })
})

const secrets = (): Record<string, string> => ({
  secret: hook.secret,
  key: hook.key,
  'other secret': theirHook.secret,
  'other key': theirHook.key,
  'secret of what is gone': gone.secret,
})

test('no secret is in the log, in the audit log, in what is kept of a call, or on the page', async () => {
  const { sql } = line.database.system
  const page = await (await mine.owner.get('/settings/home')).text()
  expect(page).toContain('Yes, as they happen')
  const kept = await sql('deliveries').whereNotNull('connection_id').select('headers', 'delivery_id', 'ordering_key')
  const audit = await sql('audit_entries').select('canonical')
  const jobs = await sql('pgboss.job').where({ name: 'keep-hook' }).select('data', 'output')
  expect(jobs.length).toBeGreaterThan(0)
  const all = [line.logged.join('\n'), page, JSON.stringify([kept, audit, jobs])].join('\n')
  expect(leaksIn(all, secrets())).toEqual([])
})
