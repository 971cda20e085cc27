import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordAudit } from '../../src/audit/audit-store.ts'
import { readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { DatabaseState } from '../../src/db/inspect-database.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { type Installation, saveInstallation, unknownInstallation } from '../../src/tenants/installation-store.ts'
import { companyTenantId, locationTenantId, NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { complaintsOf, patientOf } from './patients.ts'

const config = readConfig({})

let testDatabase: TestDatabase
let database: Database

/** As a worker leaves it that has just looked after its queues. */
beforeEach(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 2, name: 'test' })
  await makeTenant(NOBODY)
  await asOwner('update pgboss.queue set monitor_on = clock_timestamp()')
})
afterEach(async () => {
  await database.close()
  await testDatabase.drop()
})

const makeTenant = (tenantId: string): Promise<void> =>
  ensureTenant(
    { database, vault: createVault(config.encryptionKeys, { log: createLogger({ level: 'silent' }) }) },
    tenantId,
  )

async function asOwner(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: testDatabase.url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

/** The platform is another test's. */
const complaints = async (): Promise<string[]> =>
  complaintsOf(await patientOf({ config, databaseUrl: testDatabase.url }, { askPlatform: null }))

test('an untouched database has no trouble', async () => {
  expect(await complaints()).toEqual([])
})

test.each<[string, string[], (string | RegExp)[]]>([
  [
    'a migration that is missing',
    ["delete from knex_migrations where name like '20261121060700%'"],
    ['fail database: Migrations are missing: 20261121060700_create_runs.ts.'],
  ],
  [
    'a migration of a newer version',
    ["insert into knex_migrations (name, batch) values ('20991231000000_from_the_future.ts', 9)"],
    ['fail database: Migrations of another version were applied: 20991231000000_from_the_future.ts.'],
  ],
  [
    'a database that was never migrated',
    ['drop table knex_migrations'],
    [/^fail database: Migrations are missing: 2026112106\d+_create_roles\.ts, /],
  ],
  [
    'a table that shows every tenant’s rows to its owner',
    ['alter table links no force row level security'],
    ['fail database: Row-level security is not forced on links.'],
  ],
  [
    'a table that shows them to everybody',
    ['alter table runs disable row level security'],
    ['fail database: Row-level security is not forced on runs.'],
  ],
  [
    'a new table that nobody guarded',
    ['create table careless (tenant_id uuid primary key)'],
    ['fail database: Row-level security is not forced on careless.'],
  ],
  [
    'a queue that is missing',
    ["delete from pgboss.queue where name = 'keep-house'"],
    ['fail queue: Queues are missing: keep-house.'],
  ],
  [
    'a worker that stopped',
    ["update pgboss.queue set monitor_on = clock_timestamp() - interval '3 hours'"],
    ['fail queue: No worker was seen for 3 hours.'],
  ],
  ['a worker that never ran', ['update pgboss.queue set monitor_on = null'], ['fail queue: No worker was ever seen.']],
])('%s is found, and nothing else', async (_name, statements, expected) => {
  await asOwner(...statements)
  expect(await complaints()).toEqual(expected.map((one) => (one instanceof RegExp ? expect.stringMatching(one) : one)))
})

test('partitions that nobody made for the coming days are missed', async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  await asOwner(`drop table runs_${tomorrow}`)
  expect(await complaints()).toEqual([`warn database: Partitions of the coming days are missing: runs_${tomorrow}.`])
})

test('the end of a chain that does not hold is found', async () => {
  await database.asTenant(NOBODY, (db) =>
    recordAudit(db, { action: 'audit.verified', actor: { kind: 'system', id: 'test' }, target: 'x', at: Date.now() }),
  )
  expect(await complaints()).toEqual([])
  await asOwner(
    'alter table audit_entries disable trigger all',
    "update audit_entries set target = 'y'",
    'alter table audit_entries enable trigger all',
  )
  expect(await complaints()).toEqual([
    `fail audit log: The chain of tenant ${NOBODY} does not hold at entry 1 (entry_changed).`,
  ])
})

const withState = async (change: (state: DatabaseState) => Partial<DatabaseState>): Promise<string[]> => {
  const patient = await patientOf({ config, databaseUrl: testDatabase.url }, { askPlatform: null })
  const state = await patient.inspectDatabase()
  return complaintsOf({ ...patient, inspectDatabase: async () => ({ ...state, ...change(state) }) })
}

test('what is wrong with the server is found, each by itself', async () => {
  expect(await withState(() => ({ version: 140_012 }))).toEqual([
    'fail database: The server is older than PostgreSQL 15.',
  ])
  expect(await withState(() => ({ connections: { used: 95, most: 97 } }))).toEqual([
    'warn database: Only 2 connections are left.',
  ])
  expect(await withState(() => ({ roles: ['causeway_system'] }))).toEqual([
    'fail database: The login role may not act as causeway_tenant.',
  ])
  const patient = await patientOf({ config, databaseUrl: testDatabase.url }, { askPlatform: null })
  const unreachable = { ...patient, inspectDatabase: () => Promise.reject(new Error('with a password')) }
  expect(await complaintsOf(unreachable)).toEqual([
    'fail database: It cannot be asked (Error); what is kept in it was not looked at.',
  ])
})

test('deliveries that wait or were given up are counted by reason', async () => {
  const deliver = (state: string, reason: string, type = 'ContactUpdate'): Promise<void> =>
    database.asTenant(NOBODY, async (db) => {
      const id = newId()
      await db.sql('deliveries').insert({
        tenant_id: NOBODY,
        id,
        source: 'highlevel',
        delivery_id: id,
        event_type: type,
        ordering_key: id,
        received_at: new Date(),
        headers: '{}',
        body: Buffer.of(1),
        state,
        reason,
      })
    })
  await deliver('parked', 'scopes_missing')
  await deliver('parked', 'scopes_missing')
  await deliver('dead', 'surprise')
  await deliver('done', 'no_flow')
  await deliver('ignored', 'uninstalled')
  for (const type of ['TaskMerged', 'ContactMerged', 'TaskMerged']) await deliver('ignored', 'unknown_type', type)
  expect(await complaints()).toEqual([
    'warn deliveries: 1 given up: surprise.',
    'warn deliveries: 2 parked: scopes_missing.',
    'warn deliveries: 1 of a type that this version does not know: ContactMerged.',
    'warn deliveries: 2 of a type that this version does not know: TaskMerged.',
  ])
  await asOwner(`insert into deliveries
      (tenant_id, id, source, delivery_id, event_type, ordering_key, received_at, headers, body, state, reason)
    select tenant_id, gen_random_uuid(), source, number, 'Flood', ordering_key, received_at, headers, body, state, reason
    from (select * from deliveries where reason = 'unknown_type' limit 1) one, generate_series(1, 6000) number`)
  expect(await complaints()).toContainEqual(expect.stringMatching(/At least \d+ of a type .*: Flood/))
})

type Row = Partial<Installation> & { createdAt?: Date; tokensEndAt?: Date }

const HOUR_MS = 3_600_000
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS)

/** An installation as it lies in the database. */
async function put({ createdAt = ago(100), tokensEndAt, ...row }: Row): Promise<string> {
  const { locationId = 'loc', companyId = 'com' } = row
  const tenantId = locationId ? locationTenantId('app', locationId) : companyTenantId('app', String(companyId))
  await makeTenant(tenantId)
  const known = { tenantId, appId: 'app', companyId, locationId }
  await database.asTenant(tenantId, async (db) => {
    await saveInstallation(db, { ...unknownInstallation(known), ...row })
    await db.sql('installations').where({ tenant_id: tenantId }).update({ created_at: createdAt })
    if (tokensEndAt) {
      await db
        .sql('installation_tokens')
        .insert({ tenant_id: tenantId, pair: 'x', expires_at: tokensEndAt, generation: 1 })
    }
  })
  return tenantId
}

const inHours = (hours: number): Date => ago(-hours)

test.each<[string, Row[], (tenant: string) => string[]]>([
  ['one that works', [{ status: 'active', scopes: [...SCOPES], tokensEndAt: inHours(20) }], () => []],
  ['one that is about to be renewed', [{ status: 'active', tokensEndAt: inHours(0.95) }], () => []],
  ['one that was uninstalled', [{ status: 'uninstalled', uninstalledAt: ago(50), scopes: ['x'] }], () => []],
  ['one that has just begun', [{ status: 'pending', createdAt: ago(0.5) }], () => []],
  ['one that nobody has claimed yet', [{ status: 'unclaimed', createdAt: ago(5) }], () => []],
  [
    'one whose tokens are spent',
    [{ status: 'needs_reconnect' }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) is needs_reconnect for 4 days.`],
  ],
  [
    'one that is suspended',
    [{ status: 'suspended' }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) is suspended for 4 days.`],
  ],
  [
    'one whose tokens never came',
    [{ status: 'pending', createdAt: ago(2) }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) is pending for 2 hours.`],
  ],
  [
    'one that nobody claims',
    [{ status: 'unclaimed', createdAt: ago(25) }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) is unclaimed for 1 day.`],
  ],
  [
    'one that lacks a scope',
    [{ status: 'active', scopes: SCOPES.filter((scope) => scope !== 'locations.readonly') }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) has not granted locations.readonly.`],
  ],
  [
    'one that was refused a scope',
    [{ status: 'active', scopes: [...SCOPES], refusedScopes: ['contacts.readonly'] }],
    (tenant) => [`warn installations: Location loc (tenant ${tenant}) has not granted contacts.readonly.`],
  ],
  [
    'one whose tokens were not renewed',
    [{ status: 'active', tokensEndAt: new Date('2026-11-01T00:00:00Z') }],
    (tenant) => [
      `warn installations: The tokens of Location loc (tenant ${tenant}) ended at 2026-11-01T00:00:00.000Z and were not renewed.`,
    ],
  ],
  [
    'a company without a token whose locations need it',
    [
      { status: 'active', locationId: 'one' },
      { status: 'uninstalled', locationId: 'two' },
      { status: 'needs_reconnect', locationId: null },
    ],
    (tenant) => [
      `warn installations: Company com (tenant ${tenant}) is needs_reconnect for 4 days, and 1 of its locations depend on its token.`,
    ],
  ],
])('of the installations, %s is told rightly', async (_name, rows, expected) => {
  let tenant = ''
  for (const row of rows) tenant = await put(row)
  expect(await complaints()).toEqual(expected(tenant))
})

test('how long a state has lasted is read from the audit log', async () => {
  const tenant = await put({ status: 'needs_reconnect' })
  const said = (hours: number, was: string, is: string): Promise<void> =>
    database.asTenant(tenant, (db) =>
      recordAudit(db, {
        action: 'installation.needs_reconnect',
        actor: { kind: 'system', id: 'token refresh' },
        target: 'x',
        details: { was, is },
        at: ago(hours).getTime(),
      }),
    )
  await said(30, 'active', 'needs_reconnect')
  await said(20, 'needs_reconnect', 'active')
  await said(5.5, 'active', 'needs_reconnect')
  await said(1, 'needs_reconnect', 'needs_reconnect')
  expect(await complaints()).toEqual([
    `warn installations: Location loc (tenant ${tenant}) is needs_reconnect for 5 hours.`,
  ])
})

test('tokens that end within the hour should have been renewed', async () => {
  const tokensEndAt = inHours(0.5)
  const tenant = await put({ status: 'active', tokensEndAt })
  expect(await complaints()).toEqual([
    `warn installations: The tokens of Location loc (tenant ${tenant}) end at ${tokensEndAt.toISOString()} and were not renewed.`,
  ])
})

test('what is left of an account is deleted when its time has come, or the doctor says so', async () => {
  const tenant = await put({ status: 'uninstalled', uninstalledAt: ago(800) })
  const dueAt = (at: Date): Promise<unknown> =>
    database.asTenant(tenant, (db) => db.sql('installations').where({ tenant_id: tenant }).update({ purge_at: at }))
  await dueAt(ago(1))
  expect(await complaints()).toEqual([])
  const due = ago(3)
  await dueAt(due)
  expect(await complaints()).toEqual([
    `warn installations: What is left of Location loc (tenant ${tenant}) was to be deleted at ${due.toISOString()}, and is still here.`,
  ])
})
