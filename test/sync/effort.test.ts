import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { newId } from '../../src/lib/ids.ts'
import type { ContactInput } from '../../src/sandbox/highlevel/contact-input.ts'
import type { SyncDeps } from '../../src/sync/sync-deps.ts'
import { takePlatformEvents } from '../../src/sync/take-platform-events.ts'
import { type Account, openAccount } from '../support/account.ts'
import { engineOf } from '../support/engine.ts'
import { type Line, startLine } from '../support/line.ts'

/**
 * What one event costs. A number that rises here costs every customer, with every event.
 */

let line: Line
let account: Account
let deps: SyncDeps
let transactions = 0

beforeAll(async () => {
  line = await startLine({ work: false })
  account = await openAccount(line, 0)
  deps = engineOf(line, counting(line.database))
})

afterAll(() => line?.close())

const counting = (database: Database): Database => ({
  ...database,
  asTenant: (tenantId, work) => {
    transactions += 1
    return database.asTenant(tenantId, work)
  },
})

async function cost(contactId: string, change?: ContactInput): Promise<Record<string, number>> {
  if (change) line.highLevel.control.updateContact(contactId, change)
  // Long after both sides were last in step: what is read just after that is read once more.
  await line.database.system.sql('links').update({ synced_at: new Date(0) })
  line.highLevel.control.clearRequests()
  line.activeTrail.control.clearRequests()
  transactions = 0
  const result = await takePlatformEvents(deps, {
    tenantId: account.tenantId,
    locationId: account.locationId,
    deliveryId: newId(),
    replays: 0,
    obstacle: null,
    eventsOf: () => [
      {
        trigger: 'highlevel.contact_changed',
        object: 'contact',
        recordId: contactId,
        contactId,
        at: Date.now(),
        payload: {},
        leftOut: [],
      },
    ],
  })
  expect(result).toMatchObject({ state: 'done', reason: null })
  return {
    highLevel: line.highLevel.control.requests().length,
    partner: line.activeTrail.control.requests().length,
    transactions,
  }
}

test('each kind of event makes so many calls and transactions, and no more', async () => {
  const create = (input: ContactInput) => line.highLevel.control.createContact(account.locationId, input).id
  const first = create({ email: 'first@example.com' })
  const costs = {
    'a new contact': await cost(first),
    'a new contact with a phone number': await cost(create({ email: 'second@example.com', phone: '+972501234567' })),
    'an event without news': await cost(first),
    'a change of something that is not mapped': await cost(first, { website: 'https://example.com' }),
    'a changed field': await cost(first, { city: 'Lod' }),
    'a new tag': await cost(first, { tags: ['new'] }),
    'a tag that is known': await cost(create({ email: 'third@example.com', tags: ['new'] })),
    'a tag taken away': await cost(first, { tags: [] }),
    'a contact without address and number': await cost(create({ firstName: 'Nameless' })),
  }
  expect(costs).toEqual({
    // An account's first one also asks for its fields and for where it is; both are kept for a while.
    'a new contact': { highLevel: 3, partner: 2, transactions: 4 },
    'a new contact with a phone number': { highLevel: 1, partner: 3, transactions: 4 },
    'an event without news': { highLevel: 1, partner: 0, transactions: 2 },
    'a change of something that is not mapped': { highLevel: 1, partner: 0, transactions: 2 },
    'a changed field': { highLevel: 1, partner: 2, transactions: 4 },
    'a new tag': { highLevel: 1, partner: 4, transactions: 7 },
    'a tag that is known': { highLevel: 1, partner: 4, transactions: 5 },
    'a tag taken away': { highLevel: 1, partner: 2, transactions: 5 },
    'a contact without address and number': { highLevel: 1, partner: 0, transactions: 3 },
  })
})
