import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { verifyCertificate } from '../../src/leaving/deletion-certificate.ts'
import { PURGED_TABLES } from '../../src/leaving/purge-store.ts'
import { purgeTenant } from '../../src/leaving/purge-tenant.ts'
import type { Account } from '../support/account.ts'
import { dumpDatabase, leaksIn } from '../support/leaks.ts'
import { eventually } from '../support/people.ts'
import { actionsOf } from '../tenants/installed.ts'
import { OPERATOR, type Purging, startPurging } from './purging.ts'

let house: Purging

beforeAll(async () => {
  house = await startPurging()
})

afterAll(() => house?.close())

/** Everything of a tenant, as text; its jobs, which come and go, left out. */
async function everythingOf({ tenantId }: Account): Promise<string> {
  const dump = await dumpDatabase(house.line.databaseUrl)
  return dump
    .split('\n')
    .filter((row) => row.startsWith(`(${tenantId}`))
    .join('\n')
}

/** Tables in which a short life leaves nothing. */
const UNTOUCHED = [
  ...['leases', 'call_permits', 'poll_cursors', 'seen_tasks'],
  ...['trigger_polls', 'field_catalogues', 'flow_warnings', 'drift_checks', 'conflicts', 'flow_members'],
]

test('nothing of a purged tenant is left but ids, times and its log; another tenant’s is untouched', async () => {
  const { account, secrets } = await house.furnished(0)
  const other = await house.furnished(1)
  for (const { table } of PURGED_TABLES) {
    if (!UNTOUCHED.includes(table))
      expect([table, (await house.rows(table, account)).length > 0]).toEqual([table, true])
  }
  const before = await everythingOf(other.account)
  expect(before.length).toBeGreaterThan(5000)
  await house.uninstalled(account)
  const sealed = await house.line.database.system.sql('tenant_keys').where({ tenant_id: account.tenantId }).first('id')

  const certificate = await house.purge(account)
  for (const { table } of [...PURGED_TABLES, { table: 'tenant_keys' }]) {
    expect([table, await house.rows(table, account)]).toEqual([table, []])
  }
  expect(await everythingOf(other.account)).toBe(before)
  expect(
    await house.line.database.system.sql('pgboss.job').whereRaw("data ->> 'tenantId' = ?", account.tenantId),
  ).toEqual([])
  // People are named in the log by the ids that they have at the platform.
  const { user, ...values } = secrets
  expect(leaksIn(await everythingOf(account), values)).toEqual([])
  const log = await house.line.database.system
    .sql('audit_entries')
    .where({ tenant_id: account.tenantId })
    .pluck('actor_id')
  expect(log).toContain(user)
  const [installation] = await house.rows('installations', account)
  expect(leaksIn(JSON.stringify(installation), secrets)).toEqual([])
  expect(installation).toMatchObject({ status: 'uninstalled', scopes: [], installed_by: null, account_name: null })
  expect(installation.purged_at).not.toBeNull()

  const verdict = await verifyCertificate(house.line.config.encryptionKeys, String(certificate))
  expect(verdict).toMatchObject({
    isGenuine: true,
    kid: 'test',
    claims: {
      iss: 'causeway',
      tenant: account.tenantId,
      app: house.line.config.highLevel.appId,
      location: account.locationId,
      uninstalled: installation.uninstalled_at.toISOString(),
      purged: installation.purged_at.toISOString(),
      key: sealed.id,
      masterKey: 'test',
      rows: { links: 2, runs: 1, connections: 1, flows: 1, mapping_versions: 1 },
    },
  })
  const { claims } = verdict as { claims: { audit: { seq: number; hash: string } } }
  const [last] = await house.rows('audit_entries', account).orderBy('seq', 'desc').limit(1)
  expect(last).toMatchObject({ action: 'tenant.purged', details: { connections: 1 } })
  expect(claims.audit).toEqual({ seq: last.seq, hash: last.hash.toString('hex') })
  expect((await verifyAudit(house.line.database.system)).faults).toEqual([])
  expect(await house.purge(account)).toBe(certificate)
})

test('every table that says whose its rows are is emptied, or known to stay', async () => {
  const client = new pg.Client({ connectionString: house.line.databaseUrl })
  await client.connect()
  const { rows } = await client.query(`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
      and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id')`)
  await client.end()
  const known = [
    ...PURGED_TABLES.map(({ table }) => table),
    'tenant_keys', // first of all
    'audit_entries',
    'audit_heads',
    'installations',
    'deletion_certificates',
    'destroyed_keys',
  ]
  expect(rows.map(({ name }) => name).sort()).toEqual(known.sort())
})

test('a purge that is killed between any two batches goes on, and counts each row once', async () => {
  const { account } = await house.furnished(2)
  await house.line.database.system.sql.raw(
    `insert into delivery_ids (tenant_id, source, delivery_id, id, received_at)
     select :tenant, 'highlevel', 'old ' || n, gen_random_uuid(), now() from generate_series(1, 2300) n`,
    { tenant: account.tenantId },
  )
  await house.uninstalled(account)
  const expected = Object.fromEntries(
    await Promise.all(
      PURGED_TABLES.map(async ({ table }) => [table, (await house.rows(table, account)).length] as [string, number]),
    ),
  )
  expect(expected.delivery_ids).toBeGreaterThan(2300)
  await house.due(account)

  let certificate: string | undefined
  let attempts = 0
  for (; certificate === undefined; attempts += 1) {
    const dying = house.dyingAfter(1 + attempts)
    certificate = await purgeTenant(
      { ...house.work, database: dying },
      { tenantId: account.tenantId, actor: OPERATOR },
    ).catch(() => undefined)
    expect(attempts).toBeLessThan(60)
  }
  expect(attempts).toBeGreaterThan(3)
  const verdict = await verifyCertificate(house.line.config.encryptionKeys, certificate)
  const counted = Object.fromEntries(Object.entries(expected).filter(([, count]) => count > 0))
  expect(verdict).toMatchObject({ isGenuine: true, claims: { rows: counted } })
  const actions = await actionsOf(house.line, account.tenantId)
  expect(actions.filter((action) => action === 'tenant.purge_begun')).toHaveLength(1)
  expect(actions.at(-1)).toBe('tenant.purged')
})

test('the hourly round deletes whoever left more than thirty days ago, and nobody who left since', async () => {
  const { account } = await house.furnished(3)
  await house.uninstalled(account)
  const certificates = () => house.rows('deletion_certificates', account).whereNotNull('certificate').orderBy('id')
  const before = await certificates()
  const round = async (): Promise<void> => {
    await house.work.enqueue(house.work.system, 'keep-house', {})
    await eventually(
      () => house.line.database.system.sql('pgboss.job').where({ name: 'keep-house' }).whereNot({ state: 'completed' }),
      (jobs) => jobs.length === 0,
    )
  }
  await round()
  await house.wait(29.9 * 86_400_000)
  await round()
  expect(await certificates()).toEqual(before)
  expect(await house.rows('links', account)).not.toEqual([])
  await house.wait(0.2 * 86_400_000)
  await round()
  await eventually(certificates, (issued) => issued.length === before.length + 1)
  expect(await house.rows('links', account)).toEqual([])
  const [last] = await house.rows('audit_entries', account).where({ action: 'tenant.purged' }).orderBy('seq', 'desc')
  expect(last).toMatchObject({ actor_kind: 'schedule', actor_id: 'purge' })
})

test('two who purge the same tenant at once count each row once, and get the same certificate', async () => {
  const { account } = await house.furnished(4)
  await house.uninstalled(account)
  const links = await house.rows('links', account)
  const certificates = await Promise.all(Array.from({ length: 4 }, () => house.purge(account)))
  expect(new Set(certificates).size).toBe(1)
  const verdict = await verifyCertificate(house.line.config.encryptionKeys, String(certificates[0]))
  expect(verdict).toMatchObject({ isGenuine: true, claims: { rows: { links: links.length } } })
  const actions = await actionsOf(house.line, account.tenantId)
  for (const once of ['tenant.purge_begun', 'tenant.purged']) {
    expect(actions.filter((action) => action === once)).toHaveLength(1)
  }
})
