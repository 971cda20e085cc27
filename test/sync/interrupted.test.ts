import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import type { SyncDeps } from '../../src/sync/sync-deps.ts'
import { takePlatformEvents } from '../../src/sync/take-platform-events.ts'
import { type Account, openAccount } from '../support/account.ts'
import { engineOf } from '../support/engine.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

/** A run whose process died after it had opened the ledger, taken up again when there is nothing left to do. */

let line: Line
let account: Account
let deps: SyncDeps

beforeAll(async () => {
  line = await startLine({ work: false })
  account = await openAccount(line, 0)
  deps = engineOf(line, line.database)
})

afterAll(() => line?.close())

const take = (by: SyncDeps, contactId: string, deliveryId: string) =>
  takePlatformEvents(by, {
    ...{ tenantId: account.tenantId, locationId: account.locationId, deliveryId, replays: 0, obstacle: null },
    eventsOf: () => [
      {
        ...{ trigger: 'highlevel.contact_changed', object: 'contact', recordId: contactId, contactId },
        ...{ at: Date.now(), payload: {}, leftOut: [] },
      },
    ],
  })

/** As a process that is killed: what it was about to change over there is never sent, and it does nothing afterwards. */
const dying = (): SyncDeps => ({
  ...deps,
  partnerPace: {
    paced: (http) => (request) => (request.method === 'GET' ? http(request) : new Promise(() => {})),
  },
})

const states = async (): Promise<string[]> =>
  line.database.system.sql('writes').where({ tenant_id: account.tenantId }).orderBy('id').pluck('state')

test('what a run may have sent is not left open when its next attempt finds nothing to do', async () => {
  const { control } = line.highLevel
  const { id } = control.createContact(account.locationId, { email: 'again@example.com', city: 'Lod' })
  await take(deps, id, newId())
  expect(await states()).toEqual(['done'])
  const deliveryId = newId()
  control.updateContact(id, { city: 'Haifa' })
  void take(dying(), id, deliveryId)
  await eventually(states, (all) => all.length === 2)
  expect(await states()).toEqual(['done', 'open'])
  control.updateContact(id, { city: 'Lod' }) // as both sides have it still
  await take(deps, id, deliveryId)
  expect(await states()).toEqual(['done', 'unknown'])
  expect(account.only({ email: 'again@example.com' })).toMatchObject({ city: 'Lod' })
})
