import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConnection } from '../../src/connections/open-connection.ts'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { open } from '../../src/lib/seal.ts'
import { openTokens } from '../../src/tenants/token-pair.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { dumpDatabase, leaksIn } from '../support/leaks.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, openPage, postJson } from '../support/people.ts'
import { unpacedPartners } from '../support/unpaced.ts'
import { accountOf, becomes, expire, type Installed, installed } from './installed.ts'

let line: Line
let account: Installed
let other: Installed
const secrets: Record<string, string | Uint8Array> = {}
/** Every answer that a browser or a program got, as text with its headers. */
const answers: string[] = []

/** Nobody's name, address and number but this person's. */
const PERSON = {
  firstName: 'Quirinalia',
  lastName: 'Xanthopoulou-Vries',
  email: 'quirinalia.xv@leak-canary.example',
  phone: '+4915799887766',
  address1: 'Wiesenschaumkrautweg 4711',
  city: 'Oberunterammerbach',
}

beforeAll(async () => {
  line = await startLine()
  account = await installed(line, 0)
  other = await installed(line, 1)
  await tellTheStory()
  await collectSecrets()
})

afterAll(() => line?.close())

async function keep(answer: Response): Promise<string> {
  const text = await answer.text()
  answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${text}`)
  return text
}

async function tellTheStory(): Promise<void> {
  const { control } = line.highLevel
  // Connect, with credentials that are refused first.
  secrets['refused partner token'] = `at-${randomBytes(24).toString('hex')}`
  for (const { locationId, adminId } of [account, other]) {
    const owner = await openPage(line, adminId, locationId)
    const refused = { partner: 'activetrail', credentials: { token: secrets['refused partner token'] } }
    await keep(await owner.send('POST', '/settings/connections', refused))
    const credentials = { token: line.activeTrail.token }
    await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })
    await keep(await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials }))
  }
  // Sync, twice, and once with trouble at the partner.
  const contact = control.createContact(account.locationId, { ...PERSON, tags: ['vip'] })
  const arrived = (email: string) => line.activeTrail.control.contacts().filter((one) => one.email === email)
  await eventually(
    () => arrived(PERSON.email),
    (found) => found.length === 1,
  )
  control.createContact(other.locationId, { ...PERSON, tags: ['vip'] })
  await eventually(
    () => line.database.system.sql('links').where({ tenant_id: other.tenantId }),
    (links) => links.length > 0,
  )
  // Refresh: well, by rejection, with a lost answer, and refused.
  await expire(line, account)
  const token = await line.worker.accessTokens.getAccessToken(account.tenantId)
  await line.worker.accessTokens.getAccessToken(account.tenantId, token)
  await expire(line, account)
  control.failNext({ path: '/oauth/token', kind: 'lost answer' })
  control.updateContact(contact.id, { city: PERSON.city, firstName: PERSON.firstName, lastName: 'Nachgetragen-Leak' })
  secrets['last name, later'] = 'Nachgetragen-Leak'
  await eventually(
    () => arrived(PERSON.email),
    (found) => found[0]?.last_name === 'Nachgetragen-Leak',
  )
  await expire(line, other)
  control.revokeTokens({ locationId: other.locationId })
  await line.worker.accessTokens.getAccessToken(other.tenantId).catch(() => {})
  await becomes(line, other.tenantId, 'needs_reconnect')
  // Installing with a state; a code nobody gave, a state of nobody.
  const begun = await fetch(`${line.appUrl}/oauth/install`, { redirect: 'manual' })
  const state = new URL(String(begun.headers.get('location'))).searchParams.get('state') ?? ''
  const cookie = String(begun.headers.get('set-cookie')).split(';')[0] ?? ''
  const code = new URL(control.installLocation(accountOf(line, 2).locationId)).searchParams.get('code') ?? ''
  Object.assign(secrets, { 'install state': state, 'install nonce': cookie.split('=')[1], 'install code': code })
  const back = `${line.appUrl}/oauth/callback?${new URLSearchParams({ code, state })}`
  await keep(await fetch(back, { headers: { cookie } }))
  await keep(await fetch(back, { headers: { cookie, accept: 'text/html' } }))
  await keep(await fetch(`${line.appUrl}/oauth/callback?code=${code}`, { headers: { accept: 'text/html' } }))
  // Signing in: an owner and an operator.
  const payload = control.sealUserData(account.adminId, account.locationId)
  const { token: bearer } = (await (await postJson(`${line.appUrl}/settings/session`, { payload })).json()) as {
    token: string
  }
  await keep(await postJson(`${line.appUrl}/settings/session`, { payload }))
  await keep(await fetch(`${line.appUrl}/settings/home`, { headers: { authorization: `Bearer ${bearer}` } }))
  await keep(await fetch(`${line.appUrl}/settings/home`, { headers: { authorization: `Bearer ${bearer}x` } }))
  const link = await makeAdminLink(operatorDeps(), 'operator')
  const linkToken = link.split('#')[1] ?? ''
  const signIn = (): Promise<Response> =>
    fetch(`${line.appUrl}/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: line.appUrl },
      body: JSON.stringify({ token: linkToken }),
    })
  const session = String((await signIn()).headers.get('set-cookie'))
    .split(';')[0]
    ?.split('=')[1]
  await keep(await signIn())
  Object.assign(secrets, {
    'user data': payload,
    'settings bearer': bearer,
    'sign-in link': linkToken,
    'console session': session,
  })
}

const operatorDeps = () => ({
  database: line.database,
  now: Date.now,
  sessionKeys: line.config.sessionKeys,
  baseUrl: line.appUrl,
})

async function collectSecrets(): Promise<void> {
  const { clients, ssoSecrets } = line.config.highLevel
  Object.assign(secrets, PERSON, {
    'client secret': clients[0]?.secrets[0],
    'sso secret': ssoSecrets[0],
    'partner token': line.activeTrail.token,
    'master key': line.config.encryptionKeys[0]?.key,
  })
  for (const [index, { answer }] of line.highLevel.control.requests({ path: '/oauth' }).entries()) {
    const grant = (answer ?? {}) as Record<string, unknown>
    if (typeof grant.access_token === 'string') secrets[`access token ${index}`] = grant.access_token
    if (typeof grant.refresh_token === 'string') secrets[`refresh token ${index}`] = grant.refresh_token
  }
  for (const row of await line.database.system.sql('tenant_keys')) {
    const place = `tenant_keys.wrapped/${row.tenant_id}/${row.id}`
    const key = await open(line.config.encryptionKeys, place, row.wrapped)
    secrets[`data key of ${row.tenant_id}`] = Buffer.from(key, 'base64url')
  }
}

test('the story has all the secrets that must not be found', () => {
  expect(Object.values(secrets).filter((secret) => !secret?.length)).toEqual([])
  const names = Object.keys(secrets)
  expect(names.filter((name) => name.startsWith('access token')).length).toBeGreaterThanOrEqual(6)
  expect(names.filter((name) => name.startsWith('refresh token')).length).toBeGreaterThanOrEqual(6)
  expect(names.filter((name) => name.startsWith('data key')).length).toBeGreaterThanOrEqual(4)
})

test('whatever is stored anywhere in the database would be found, in every spelling', async () => {
  const client = new pg.Client({ connectionString: line.databaseUrl })
  await client.connect()
  const plant: Record<string, (secret: Buffer) => { text?: string; bytes?: Buffer; json?: object }> = {
    text: (secret) => ({ text: secret.toString('utf8') }),
    bytes: (secret) => ({ bytes: secret }),
    hex: (secret) => ({ text: secret.toString('hex') }),
    base64: (secret) => ({ text: `prefix ${secret.toString('base64')}` }),
    base64url: (secret) => ({ json: { deep: [{ value: secret.toString('base64url') }] } }),
    'base64 of more': (secret) => ({ text: Buffer.from(`ab${secret.toString('utf8')}cd`).toString('base64') }),
    'JSON in bytes': (secret) => ({ bytes: Buffer.from(JSON.stringify({ token: secret.toString('utf8') })) }),
    'base64 in bytes': (secret) => ({ bytes: Buffer.from(secret.toString('base64')) }),
  }
  await client.query('create schema scratch; create table scratch.canaries (text text, bytes bytea, json jsonb)')
  const canaries: Record<string, string> = {}
  for (const [name, make] of Object.entries(plant)) {
    canaries[name] = `canary-${randomBytes(12).toString('hex')}`
    const { text, bytes, json } = make(Buffer.from(canaries[name]))
    await client.query('insert into scratch.canaries values ($1, $2, $3)', [text, bytes, json])
  }
  canaries.queued = `canary-${randomBytes(12).toString('hex')}`
  await client.query(`insert into pgboss.job (name, data) select name, $1 from pgboss.queue limit 1`, [
    { canary: canaries.queued },
  ])
  const found = leaksIn(await dumpDatabase(line.databaseUrl), { ...canaries, absent: 'canary-never-planted-0123' })
  await client.query('drop schema scratch cascade')
  await client.query("delete from pgboss.job where data ? 'canary'")
  await client.end()
  expect(found.sort()).toEqual(Object.keys(canaries).sort())
})

test('no secret and no person lies readable in any table of any schema', async () => {
  expect(leaksIn(await dumpDatabase(line.databaseUrl), secrets)).toEqual([])
})

test('none stands in the log, not at its most talkative', () => {
  expect(line.logged.length).toBeGreaterThan(20)
  expect(leaksIn(line.logged.join('\n'), secrets)).toEqual([])
})

test('none is told to whoever is refused, or sees the page', () => {
  expect(answers.length).toBeGreaterThanOrEqual(10)
  expect(leaksIn(answers.join('\n'), secrets)).toEqual([])
  expect(answers.join('\n')).not.toMatch(/node_modules|\.ts:\d+|SealError|knex/)
})

const swap = (table: string, column: string): Promise<unknown> =>
  line.database.system.sql.raw(
    `update ${table} t set ${column} = o.${column} from ${table} o
     where t.tenant_id in (:mine, :other) and o.tenant_id in (:mine, :other) and t.tenant_id <> o.tenant_id`,
    { mine: account.tenantId, other: other.tenantId },
  )

/** What a process that was just started can read of a tenant. */
async function readable(tenantId: string): Promise<{ tokens: boolean; credentials: boolean; delivery: boolean }> {
  const vault = createVault(line.config.encryptionKeys)
  const { sql } = line.database.system
  const connection = await sql('connections').where({ tenant_id: tenantId }).first('id')
  const delivery = await sql('deliveries').where({ tenant_id: tenantId }).first('id', 'body')
  const deps = {
    database: line.database,
    vault,
    now: Date.now,
    http: refuse,
    partnerApiUrls: {},
    partnerPace: unpacedPartners,
  }
  const succeeds = (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => true,
      (error) => {
        if (error.name !== 'SealError') throw error
        return false
      },
    )
  return {
    tokens: await succeeds(line.database.asTenant(tenantId, (db) => openTokens(vault, db))),
    credentials: await succeeds(line.database.asTenant(tenantId, (db) => openConnection(deps, db, connection.id))),
    delivery: await succeeds(
      line.database.asTenant(tenantId, (db) =>
        vault.openBytes(db, `deliveries.body/${tenantId}/${delivery.id}`, delivery.body),
      ),
    ),
  }
}

const refuse = (): never => {
  throw new Error('Nobody is called here.')
}

const ALL = { tokens: true, credentials: true, delivery: true }

test.each([
  ['installation_tokens', 'pair', { ...ALL, tokens: false }],
  ['connections', 'credentials', { ...ALL, credentials: false }],
  ['tenant_keys', 'wrapped', { tokens: false, credentials: false, delivery: false }],
])('what is sealed in %s.%s does not open at another tenant’s', async (table, column, expected) => {
  expect(await readable(account.tenantId)).toEqual(ALL)
  await swap(table, column)
  expect(await readable(account.tenantId)).toEqual(expected)
  expect(await readable(other.tenantId)).toEqual(expected)
  await swap(table, column)
  expect(await readable(account.tenantId)).toEqual(ALL)
})

test('what is sealed does not open in another column or row of the same tenant', async () => {
  const { sql } = line.database.system
  const { tenantId } = account
  const { pair } = await sql('installation_tokens').where({ tenant_id: tenantId }).first('pair')
  const { credentials } = await sql('connections').where({ tenant_id: tenantId }).first('credentials')
  await sql('connections').where({ tenant_id: tenantId }).update({ credentials: pair })
  await sql('installation_tokens').where({ tenant_id: tenantId }).update({ pair: credentials })
  expect(await readable(tenantId)).toEqual({ tokens: false, credentials: false, delivery: true })
  await sql('connections').where({ tenant_id: tenantId }).update({ credentials })
  await sql('installation_tokens').where({ tenant_id: tenantId }).update({ pair })

  const [first, second] = await sql('deliveries').where({ tenant_id: tenantId }).limit(2)
  const vault = createVault(line.config.encryptionKeys)
  const open = (row: typeof first, body: Buffer) =>
    line.database.asTenant(tenantId, (db) => vault.openBytes(db, `deliveries.body/${tenantId}/${row.id}`, body))
  await expect(open(first, first.body)).resolves.toBeTruthy()
  await expect(open(first, second.body)).rejects.toThrow('does not open')
})

test('a refusal to open is told apart from no other, and the log says nothing of what was inside', async () => {
  const { sql } = line.database.system
  const { pair } = await sql('installation_tokens').where({ tenant_id: account.tenantId }).first('pair')
  const parts = pair.split('.')
  const bend = (part: string): string => `${part.slice(0, 9)}${part[9] === 'A' ? 'B' : 'A'}${part.slice(10)}`
  for (const index of [0, 2, 3, 4]) {
    const bent = parts.map((part: string, at: number) => (at === index ? bend(part) : part)).join('.')
    await sql('installation_tokens').where({ tenant_id: account.tenantId }).update({ pair: bent })
    expect((await readable(account.tenantId)).tokens).toBe(false)
  }
  await sql('installation_tokens').where({ tenant_id: account.tenantId }).update({ pair })
  expect(await readable(account.tenantId)).toEqual(ALL)
})
