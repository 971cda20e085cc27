import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import { createAccountNames } from '../../src/tenants/account-names.ts'
import { saveInstallation, unknownInstallation } from '../../src/tenants/installation-store.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let testDatabase: TestDatabase
let database: ReturnType<typeof openDatabase>
let clock = Date.parse('2026-11-21T08:00:00Z')
let answers: (string | Trouble)[] = []
const tenantId = locationTenantId('app', 'loc')

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 2, name: 'test' })
  const known = { tenantId, appId: 'app', companyId: 'company', locationId: 'loc' }
  await database.asTenant(tenantId, (db) => saveInstallation(db, unknownInstallation(known)))
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

/** Each call takes the next answer of the platform; a call too many fails the test. */
const nameNow = (id = tenantId): Promise<string> =>
  createAccountNames({
    database,
    now: () => clock,
    log: createLogger({ level: 'silent' }),
    tenantApi: () => async () => {
      const answer = answers.shift()
      if (answer === undefined) throw new Error('The platform was asked once too often.')
      if (answer instanceof Trouble) throw answer
      return { location: { id: 'loc', name: answer } }
    },
  })(id)

test('a name is read once a day, and the old one stays while it cannot be read', async () => {
  const away = new Trouble('unreachable', { detail: 'away' })
  answers = [away]
  expect(await nameNow()).toBe('loc')
  expect(await nameNow()).toBe('loc')

  clock += 6 * 60_000
  answers = ['Carmel Pilates']
  expect(await nameNow()).toBe('Carmel Pilates')
  clock += 23 * 3_600_000
  expect(await nameNow()).toBe('Carmel Pilates')

  clock += 2 * 3_600_000
  answers = [away]
  expect(await nameNow()).toBe('Carmel Pilates')
  clock += 25 * 3_600_000
  answers = ['Carmel Studio']
  expect(await nameNow()).toBe('Carmel Studio')
  expect(answers).toEqual([])
})

test('a name is not asked for while the scope for it is missing', async () => {
  const otherId = locationTenantId('app', 'other')
  const known = { tenantId: otherId, appId: 'app', companyId: 'company', locationId: 'other' }
  const granted = (scopes: string[]): Promise<void> =>
    database.asTenant(otherId, (db) => saveInstallation(db, { ...unknownInstallation(known), scopes }))
  await granted(['contacts.readonly'])
  answers = []
  expect(await nameNow(otherId)).toBe('other')
  await granted(['contacts.readonly', 'locations.readonly'])
  answers = ['Named']
  expect(await nameNow(otherId)).toBe('Named')
  await granted(['contacts.readonly'])
  clock += 48 * 3_600_000
  expect(await nameNow(otherId)).toBe('Named')
})
