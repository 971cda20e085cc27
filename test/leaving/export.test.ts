import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportTenant } from '../../src/leaving/export-tenant.ts'
import { open } from '../../src/lib/seal.ts'
import { type Account, openAccount } from '../support/account.ts'
import { leaksIn } from '../support/leaks.ts'
import { type Line, startLine } from '../support/line.ts'
import { actionsOf } from '../tenants/installed.ts'
import { tenantWork } from './tenant-work.ts'

let line: Line
let account: Account
let work: ReturnType<typeof tenantWork>

const PERSON = { firstName: 'Quirinalia', lastName: 'Vries', email: 'quirinalia@example.com', tags: ['vip'] }

beforeAll(async () => {
  line = await startLine()
  work = tenantWork(line)
  account = await openAccount(line, 0)
  await account.create(PERSON)
  const other = await openAccount(line, 1)
  await other.create({ email: 'somebody.else@example.com' })
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

type Line_ = { kind: string } & Record<string, unknown>

const linesOf = (text: string): Line_[] =>
  text
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one))

const download = async (): Promise<string> => {
  const answer = await account.owner.get('/settings/export')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^application\/x-ndjson/)
  expect(answer.headers.get('content-disposition')).toContain('causeway-export.ndjson')
  expect(answer.headers.get('cache-control')).toContain('no-store')
  return answer.text()
}

test('an export holds every record of the account, opened, and nobody else’s', async () => {
  const text = await download()
  const lines = linesOf(text)
  const kinds = new Map<string, number>()
  for (const { kind } of lines) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const { sql } = line.database.system
  const tables = {
    connection: 'connections',
    flow: 'flows',
    mapping_version: 'mapping_versions',
    link: 'links',
    contact_state: 'contact_states',
    run: 'runs',
    run_step: 'run_steps',
    write: 'writes',
    delivery: 'deliveries',
    audit_entry: 'audit_entries',
    installation: 'installations',
  }
  for (const [kind, table] of Object.entries(tables)) {
    const stored = await sql(table).where({ tenant_id: account.tenantId })
    expect([kind, kinds.get(kind)]).toEqual([kind, stored.length])
    expect(stored.length).toBeGreaterThan(0)
  }
  expect(lines.at(-1)).toEqual({ kind: 'end', records: lines.length - 1 })
  expect(text).not.toContain('somebody.else@example.com')
  expect(lines.find(({ kind, object }) => kind === 'link' && object === 'contact')).toMatchObject({
    base: { partner: { email: PERSON.email, first_name: PERSON.firstName } },
  })
  expect(lines.filter(({ kind }) => kind === 'delivery')).toContainEqual(
    expect.objectContaining({ event_type: 'ContactCreate', body: expect.objectContaining({ email: PERSON.email }) }),
  )
  expect(await actionsOf(line, account.tenantId)).toContain('tenant.exported')
})

test('no token, no credential and no key is in it', async () => {
  const row = await line.database.system.sql('tenant_keys').where({ tenant_id: account.tenantId }).first()
  const place = `tenant_keys.wrapped/${row.tenant_id}/${row.id}`
  const secrets: Record<string, string | Uint8Array> = {
    credentials: account.token,
    'access token': await work.accessTokens.getAccessToken(account.tenantId),
    'data key': Buffer.from(await open(line.config.encryptionKeys, place, row.wrapped), 'base64url'),
    'master key': line.config.encryptionKeys[0]?.key ?? '',
  }
  for (const { answer } of line.highLevel.control.requests({ path: '/oauth/token' })) {
    secrets['refresh token'] = String((answer as Record<string, unknown>).refresh_token)
  }
  const text = await download()
  expect(leaksIn(text, secrets)).toEqual([])
  expect(text).not.toContain(row.wrapped)
})

test('a long history is read in pages, none twice and none left out, and no faster than it is taken', async () => {
  await line.database.system.sql.raw(
    `insert into runs (tenant_id, id, delivery_id, flow_id, connection_id, mapping_version, trigger, highlevel_id, outcome,
                       started_at, finished_at)
     select tenant_id, gen_random_uuid(), delivery_id, flow_id, connection_id, mapping_version, trigger, highlevel_id,
            outcome, started_at, finished_at from runs cross join generate_series(1, 2499) n where tenant_id = ?`,
    [account.tenantId],
  )
  let transactions = 0
  const counting = { ...work.database, asTenant: work.database.asTenant }
  counting.asTenant = (tenantId, run) => {
    transactions += 1
    return work.database.asTenant(tenantId, run)
  }
  const actor = { kind: 'operator', id: 'alex' } as const
  const ids: unknown[] = []
  let seen = 0
  for await (const page of exportTenant({ ...work, database: counting }, { tenantId: account.tenantId, actor })) {
    for (const record of linesOf(page)) if (record.kind === 'run') ids.push(record.id)
    if (seen === 0) expect(transactions).toBe(2) // the log, and the first page
    seen += 1
  }
  expect(ids).toHaveLength(2500)
  expect(new Set(ids).size).toBe(2500)
  expect(transactions).toBeLessThan(40)
})

test('an export that breaks off half-way is not taken for a whole one', async () => {
  const { sql } = line.database.system
  const [delivery] = await sql('deliveries').where({ tenant_id: account.tenantId }).orderBy('id', 'desc').limit(1)
  const where = { tenant_id: account.tenantId, id: delivery.id }
  await sql('deliveries')
    .where(where)
    .update({ body: Buffer.from('bent') })
  const answer = await account.owner.get('/settings/export')
  await expect(answer.text()).rejects.toThrow()
  await sql('deliveries').where(where).update({ body: delivery.body })
})
