import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBackfills } from '../../src/doctor/check-backfills.ts'
import { runCommand } from '../leaving/run-command.ts'
import { type Importing, startImporting } from './importing.ts'

let house: Importing

beforeAll(async () => {
  house = await startImporting()
})

afterAll(() => house?.close())

test('an operator sees imports of all accounts, and ends one that stands still; the account reads why', async () => {
  const { plan, get, tenantId } = await house.open(0, 1)
  const id = await plan()
  const { sql } = house.line.database.system
  const patient = { database: house.line.database, now: house.core.now }
  const look = () => checkBackfills.run(patient as Parameters<typeof checkBackfills.run>[0])
  expect(await look()).toMatchObject([{ level: 'ok' }])
  await sql('backfills').update({ wake_at: new Date(Date.now() - 3 * 3_600_000) })
  expect(await look()).toMatchObject([{ level: 'warn', found: expect.stringContaining(`${id} of tenant ${tenantId}`) }])

  const listed = await runCommand(house.line, 'backfills', 'list')
  expect(listed).toMatchObject({ code: 0, err: '' })
  expect(listed.out).toContain(`${id}  tenant ${tenantId}  planning  from highlevel  0 of unknown`)
  expect((await runCommand(house.line, 'backfills', 'cancel', id)).code).toBe(1)
  const cancelled = await runCommand(house.line, 'backfills', 'cancel', id, '--reason', 'it stands still')
  expect(cancelled).toMatchObject({ code: 0, out: expect.stringContaining('cancelled') })
  expect((await get(id)).status).toBe('cancelled')
  const entry = await sql('audit_entries').where({ tenant_id: tenantId, action: 'backfill.cancelled' }).first()
  expect(entry).toMatchObject({ actor_kind: 'operator', details: { reason: 'it stands still' } })
})
