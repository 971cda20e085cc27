import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { visitPermits } from '../../src/tenants/call-permit-store.ts'
import { hookRegistered } from '../support/hooked.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, openPage } from '../support/people.ts'
import { type Installed, installed } from '../tenants/installed.ts'

/** The second wall: what Postgres itself shows and refuses, whatever the code above it forgets. */

let line: Line
let mine: Installed
let foreign: Installed
let owner: pg.Client

beforeAll(async () => {
  line = await startLine()
  ;[mine, foreign] = await Promise.all([furnish(0), furnish(4)])
  owner = new pg.Client({ connectionString: line.databaseUrl })
  await owner.connect()
})

afterAll(async () => {
  await owner?.end()
  await line?.close()
})

/** An account with a row in every table. */
async function furnish(index: number): Promise<Installed> {
  const account = await installed(line, index)
  const admin = await openPage(line, account.adminId, account.locationId)
  const credentials = { token: line.activeTrail.token }
  const connected = await admin.send('POST', '/settings/connections', { partner: 'activetrail', credentials })
  await hookRegistered(line, ((await connected.json()) as { id: string }).id)
  line.highLevel.control.createContact(account.locationId, { email: `isolated-${index}@example.com`, tags: ['vip'] })
  await eventually(
    () => line.database.system.sql('contact_states').where({ tenant_id: account.tenantId }), // the last to be written
    (states) => states.length > 0,
  )
  await line.database.system.sql.raw(
    `insert into leases (tenant_id, name, holder, fence, expires_at)
     values ('${account.tenantId}', 'isolation', gen_random_uuid(), 1, '-infinity');
     insert into destroyed_keys (tenant_id, id, destroyed_at)
     values ('${account.tenantId}', gen_random_uuid(), '-infinity');
     insert into delivery_orders (tenant_id, id, action, filter, reason, operator, asked_at, expected)
     values ('${account.tenantId}', gen_random_uuid(), 'replay', '{}', 'isolation', 'alex', now(), 0);
     insert into poll_cursors (tenant_id, object, due_at) values ('${account.tenantId}', 'task', 'infinity');
     insert into seen_tasks (tenant_id, task_id, hash, pass_at)
     values ('${account.tenantId}', 'task', 'hash', now());
     insert into trigger_polls (tenant_id, connection_id, trigger, options_hash, options, due_at)
     select tenant_id, id, 'nothing', 'hash', '{}', 'infinity' from connections where tenant_id = '${account.tenantId}';
     insert into field_catalogues (tenant_id, side, object, fields, read_at)
     values ('${account.tenantId}', 'highlevel', 'contact', '[]', now());
     insert into flow_warnings (tenant_id, flow_id, kind, details, since)
     select tenant_id, id, 'drift', '{}', now() from flows where tenant_id = '${account.tenantId}';
     insert into drift_checks (tenant_id, flow_id, mapping_version, checked_at, compared, different, fields)
     select tenant_id, id, 1, now(), 0, 0, '{}' from flows where tenant_id = '${account.tenantId}';
     insert into backfills
       (tenant_id, id, flow_id, connection_id, object, source, mapping_version, status, asked_by, created_at, updated_at)
     values ('${account.tenantId}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'contact', 'highlevel', 1,
       'planned', 'isolation', now(), now());
     insert into backfill_records (tenant_id, backfill_id, phase, record_id, pending, updated_at)
     values ('${account.tenantId}', gen_random_uuid(), 'plan', 'record', true, now());
     insert into writes (tenant_id, id, run_id, connection_id, object, side, kind, opened_at)
     values ('${account.tenantId}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'contact', 'partner', 'update', now());
     insert into conflicts (tenant_id, id, connection_id, flow_id, object, kind, details, created_at, updated_at)
     select tenant_id, gen_random_uuid(), connection_id, id, 'contact', 'match', 'sealed', now(), now()
     from flows where tenant_id = '${account.tenantId}';
     insert into flow_members (tenant_id, flow_id, record_id, is_in, changed_by, changed_at)
     select tenant_id, id, 'record', true, id, now() from flows where tenant_id = '${account.tenantId}';
     insert into deletion_certificates (tenant_id, id, begun_at)
     values ('${account.tenantId}', gen_random_uuid(), now())`,
  )
  const wanted = { interactive: 0, live: 1, reconcile: 0, backfill: 0 }
  await visitPermits(line.database.system, [{ tenantId: account.tenantId, wanted }])
  await line.database.system
    .sql('destroyed_keys')
    .insert({ tenant_id: account.tenantId, id: account.tenantId, destroyed_at: new Date() })
  return account
}

type Table = { name: string; isPartition: boolean; secured: boolean; forced: boolean; policies: string[] }

/** Every table of ours that says whose its rows are. */
async function tenantTables(): Promise<Table[]> {
  const { rows } = await owner.query(`
    select c.relname as name, c.relispartition as "isPartition", c.relrowsecurity as secured,
           c.relforcerowsecurity as forced,
           array(select format('%s to %s using %s', polname, polroles::regrole[], pg_get_expr(polqual, polrelid))
                 from pg_policy where polrelid = c.oid order by polname) as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p')
      and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id')
    order by c.relname`)
  return rows
}

const wholeTables = async (): Promise<string[]> =>
  (await tenantTables()).filter(({ isPartition }) => !isPartition).map(({ name }) => name)

test('every table with a tenant is guarded, also against its owner', async () => {
  const tables = (await tenantTables()).filter(({ isPartition }) => !isPartition)
  expect(tables.length).toBeGreaterThanOrEqual(14)
  const unguarded = tables.filter(
    ({ secured, forced, policies }) =>
      !secured ||
      !forced ||
      policies.join('; ') !==
        'all_rows to {causeway_system} using true; own_rows to {causeway_tenant} using (tenant_id = current_tenant())',
  )
  expect(unguarded).toEqual([])
})

test('the tenant stands first in every unique key', async () => {
  const { rows } = await owner.query(`
    select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where i.indisunique and i.indkey[0] <> a.attnum and c.relnamespace = 'public'::regnamespace`)
  expect(rows).toEqual([])
})

test('nobody comes in by the side: partitions and other tables are not for the tenant’s role', async () => {
  const { rows } = await owner.query(`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'S')
      and has_table_privilege('causeway_tenant', c.oid, 'select, insert, update, delete, truncate, references, trigger')
    order by c.relname`)
  expect(rows.map(({ name }) => name)).toEqual(await wholeTables())
})

test('the roles can do no more than they were given', async () => {
  const { rows } = await owner.query(`
    select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles
    where rolname in ('causeway_tenant', 'causeway_system') order by rolname`)
  const nothing = {
    rolsuper: false,
    rolbypassrls: false,
    rolcanlogin: false,
    rolcreaterole: false,
    rolcreatedb: false,
  }
  expect(rows).toEqual(['causeway_system', 'causeway_tenant'].map((rolname) => ({ rolname, ...nothing })))
})

test('a tenant sees its own rows in every table, and none of anybody else’s', async () => {
  for (const table of await wholeTables()) {
    const seen: string[] = await line.database.asTenant(mine.tenantId, (db) =>
      db.sql(table).distinct('tenant_id').pluck('tenant_id'),
    )
    expect([table, seen]).toEqual([table, [mine.tenantId]])
    const others = await line.database.asTenant(mine.tenantId, (db) =>
      db.sql(table).where({ tenant_id: foreign.tenantId }).count<{ count: string }[]>(),
    )
    expect([table, Number(others[0]?.count)]).toEqual([table, 0])
  }
})

test('a transaction without a tenant sees nothing', async () => {
  for (const table of await wholeTables()) {
    await owner.query('begin; set local role causeway_tenant')
    const { rows } = await owner.query(`select count(*)::int as count from ${table}`)
    await owner.query('rollback')
    expect([table, rows]).toEqual([table, [{ count: 0 }]])
  }
})

/** Runs it as one tenant by the owner's connection, and takes it back. */
async function asTenant(tenantId: string, sql: string): Promise<number | null> {
  await owner.query(`begin; set local role causeway_tenant; set local causeway.tenant_id = '${tenantId}'`)
  try {
    return (await owner.query(sql)).rowCount
  } finally {
    await owner.query('rollback')
  }
}

/** All but those that follow from others. */
async function writableColumns(table: string): Promise<string> {
  const { rows } = await owner.query(`
    select string_agg(quote_ident(attname), ', ') as names from pg_attribute
    where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`)
  return rows[0].names
}

test('a tenant cannot write a row of another, nor give one away, nor empty a table', async () => {
  const changed: string[] = []
  for (const table of await wholeTables()) {
    // A row of its own, with the other's name on it.
    const columns = await writableColumns(table)
    const copy = `
      insert into ${table} (${columns}) select ${columns}
      from (select (jsonb_populate_record(t, '{"tenant_id": "${foreign.tenantId}"}')).* from ${table} t limit 1) copied`
    await expect(asTenant(mine.tenantId, copy), `insert into ${table}`).rejects.toThrow('row-level security')
    const give = `update ${table} set tenant_id = '${foreign.tenantId}'`
    await expect(asTenant(mine.tenantId, give), give).rejects.toThrow(
      /row-level security|permission denied|append-only|never changes/,
    )
    for (const theft of [`update ${table} set tenant_id = tenant_id`, `delete from ${table}`]) {
      const touched = await asTenant(mine.tenantId, `${theft} where tenant_id = '${foreign.tenantId}'`).catch(
        (error) => (/permission denied|append-only/.test(error.message) ? 0 : error.message),
      )
      if (touched !== 0) changed.push(`${theft}: ${touched}`)
    }
    await expect(asTenant(mine.tenantId, `truncate ${table}`), `truncate ${table}`).rejects.toThrow(
      /permission denied|append-only/,
    )
  }
  expect(changed).toEqual([])
})

describe.each(['causeway_system', 'causeway_tenant'])('%s', (role) => {
  test.each([
    'alter table audit_entries disable trigger all',
    'drop table audit_entries',
    'alter table installations disable row level security',
    'create table public.mine (id int)',
    'create policy open on installations using (true)',
    'truncate audit_entries, audit_heads',
    "set session_replication_role = 'replica'",
    'delete from audit_heads',
    'delete from installations',
    'select * from pg_authid',
  ])('may not: %s', async (sql) => {
    await owner.query(`begin; set local role ${role}`)
    await expect(owner.query(sql)).rejects.toThrow(/permission denied|must be (owner|superuser)/)
    await owner.query('rollback')
  })
})

test('a tenant’s id is an id before it reaches a statement', async () => {
  for (const id of ["x'; reset role; --", '', 'null', `${mine.tenantId}'--`]) {
    await expect(line.database.asTenant(id, async () => 'in')).rejects.toThrow('A tenant id is a uuid.')
  }
})

test('the tenant of one transaction is not the next one’s', async () => {
  await line.database.asTenant(mine.tenantId, async () => {})
  const seen = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const { tenantId } = index % 2 ? mine : foreign
      return line.database.asTenant(tenantId, async (db) => {
        const ids: string[] = await db.sql('installations').pluck('tenant_id')
        return ids.length === 1 && ids[0] === tenantId
      })
    }),
  )
  expect(seen).toEqual(Array(20).fill(true))
  const { rows } = await line.database.system.sql.raw("select current_setting('causeway.tenant_id', true) as tenant")
  expect(rows[0].tenant || '').toBe('')
})
