import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type Ending, productionOn, run } from '../support/run-product.ts'

const ring = [{ kid: 'k1', key: randomBytes(32) }]

let testDatabase: TestDatabase
let production: Record<string, string>

/** A production on a database of its own, whose worker has just looked after the queues. */
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  production = {
    ...productionOn(testDatabase.url, ring),
    SESSION_KEYS: `s1:${randomBytes(32).toString('base64url')}`,
    HIGHLEVEL_CLIENT_SECRET: randomBytes(16).toString('hex'),
    HIGHLEVEL_SSO_SECRETS: randomBytes(16).toString('hex'),
  }
  const database = openDatabase({ url: testDatabase.url, max: 1, name: 'test' })
  await ensureTenant({ database, vault: createVault(ring, { log: createLogger({ level: 'silent' }) }) }, NOBODY)
  await database.close()
})
afterAll(() => testDatabase?.drop())

type Finding = { check: string; level: string; found: string; advice: string | null }

const findingsIn = ({ said }: Ending): Finding[] => JSON.parse(said).findings

const failuresIn = (ending: Ending): string[] =>
  findingsIn(ending).flatMap(({ check, level, found }) =>
    level === 'fail' && !/fsync|synchronous_commit|full_page_writes/.test(found) ? [`${check}: ${found}`] : [],
  )

function expectNoSecrets({ said, complained }: Ending): void {
  const {
    HIGHLEVEL_CLIENT_SECRET = '',
    HIGHLEVEL_SSO_SECRETS = '',
    SESSION_KEYS = '',
    ENCRYPTION_KEYS = '',
  } = production
  const password = new URL(testDatabase.url).password
  const keys = [SESSION_KEYS, ENCRYPTION_KEYS].map((value) => String(value.split(':')[1]))
  for (const secret of [HIGHLEVEL_CLIENT_SECRET, HIGHLEVEL_SSO_SECRETS, password, ...keys].filter(Boolean)) {
    expect(said + complained).not.toContain(secret)
  }
}

test('a whole line is well, for people and for programs', async () => {
  const line = await startLine()
  try {
    await eventually(
      () => line.database.system.sql('pgboss.queue').whereNotNull('monitor_on').select('name'),
      (queues) => queues.length > 0,
      20_000,
    )
    const told = await run('cli.ts doctor', line.environment)
    expect(told.complained).toBe('')
    expect(told.exitCode).toBe(0)
    expect(told.said).toMatch(/^ok {4}configuration {2}It can be read: development/)
    const answered = await run('cli.ts doctor --json', line.environment)
    expect(JSON.parse(answered.said)).toMatchObject({ ok: true })
  } finally {
    await line.close()
  }
})

test('a production without a worker must be mended, and is not asked for the platform', async () => {
  const ending = await run('cli.ts doctor --json --offline', production)
  expect(ending.exitCode).toBe(1)
  expect(failuresIn(ending)).toEqual(['queue: No worker was ever seen.'])
  expect(findingsIn(ending)).toContainEqual(
    expect.objectContaining({ check: 'platform', level: 'ok', found: 'services.leadconnectorhq.com was not asked.' }),
  )
  expectNoSecrets(ending)
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'a setting that is missing',
    { BASE_URL: '' },
    /^configuration: Causeway cannot start: in production BASE_URL must be set/,
  ],
  ['the sandbox', { SANDBOX: 'on' }, /^configuration: Causeway cannot start: SANDBOX must not be on/],
  ['an address without https', { BASE_URL: 'http://us.example' }, /^configuration: .*BASE_URL must begin with https/],
  [
    'the install link of another app',
    { HIGHLEVEL_INSTALL_URL: 'https://portal.example/?client_id=other-app' },
    /^configuration: Causeway cannot start: HIGHLEVEL_INSTALL_URL must carry the client_id/,
  ],
  [
    'a database that is not there',
    { DATABASE_URL: 'postgres://a:hunter2@127.0.0.1:9/x' },
    /^database: It cannot be asked \(\w*Error ECONNREFUSED\)/,
  ],
])('%s is told instead of everything that stands on it', async (_name, change, expected) => {
  const ending = await run('cli.ts doctor --json --offline', { ...production, ...change })
  expect(ending.exitCode).toBe(1)
  expect(failuresIn(ending)).toEqual([expect.stringMatching(expected)])
  expect(ending.said).not.toContain('hunter2')
  expectNoSecrets(ending)
})

test('a word that it does not know is refused', async () => {
  const ending = await run('cli.ts doctor --quick', production)
  expect(ending).toMatchObject({ exitCode: 1, said: '', complained: 'doctor knows --json and --offline only.\n' })
})
