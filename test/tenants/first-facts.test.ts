import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import {
  findInstallation,
  findInstallationForChange,
  saveInstallation,
  unknownInstallation,
} from '../../src/tenants/installation-store.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 4, name: 'test' })
})

afterAll(async () => {
  await database?.close()
  await testDatabase?.drop()
})

test('two first facts about one installation are applied one after another, and neither is lost', async () => {
  const tenantId = locationTenantId('app', 'location')
  await ensureTenant({ database, vault: createVault([{ kid: 'test', key: randomBytes(32) }]) }, tenantId)
  const known = { tenantId, appId: 'app', companyId: null, locationId: 'location' }
  const learn = (fact: string): Promise<void> =>
    database.asTenant(tenantId, async (db) => {
      const before = await findInstallationForChange(db)
      await sleep(50)
      await saveInstallation(db, {
        ...(before ?? unknownInstallation(known)),
        scopes: [...(before?.scopes ?? []), fact],
      })
    })
  await Promise.all([learn('webhook'), learn('code')])
  const installation = await database.asTenant(tenantId, findInstallation)
  expect(installation?.scopes.toSorted()).toEqual(['code', 'webhook'])
})
