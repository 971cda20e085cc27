import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FlowDefinition, MappingRow } from '../../src/connectors/flow-definition.ts'
import { findStartedFlow, insertFlow, type StartedFlow } from '../../src/flows/flow-store.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLookAhead } from '../../src/sync/look-ahead.ts'
import type { SyncRecord } from '../../src/sync/sides/side.ts'
import type { SyncOutcome } from '../../src/sync/sync-outcome.ts'
import { syncRecord } from '../../src/sync/sync-record.ts'
import { type Importing, startImporting } from '../backfills/importing.ts'
import type { Account } from '../support/account.ts'

/** Many of a partner's records at once, to the platform: what that costs, and what it must not miss. */

let importing: Importing
let account: Account
let flow: StartedFlow

const row = (target: string, field: string, policy: MappingRow['policy'] = 'last_writer'): MappingRow => ({
  ...{ target, source: { kind: 'field', field }, transforms: [], whenBlank: 'keep', policy },
})

const BACK: FlowDefinition = {
  trigger: 'activetrail.contact_changed',
  options: {},
  conditions: null,
  enter: [
    {
      ...{ id: 'sync', kind: 'sync', object: 'contact', consent: true, labels: { kind: 'none' }, creates: true },
      rows: [
        row('email', 'email'),
        row('phone', 'sms'),
        row('firstName', 'first_name', 'highlevel'),
        row('city', 'city'),
      ],
      branches: [],
    },
  ],
  leave: [],
  onDelete: { kind: 'nothing' },
}

beforeAll(async () => {
  importing = await startImporting()
  importing.line.activeTrail.control.setModes({ webhooks: 'silent' })
  const opened = await importing.open(0, 0)
  account = opened.account
  const { tenantId, connectionId } = account
  const id = newId()
  flow = await importing.line.database.asTenant(tenantId, async (db) => {
    const back = { id, connectionId, template: null, name: 'Back', enabled: true, definition: BACK }
    await insertFlow(db, { ...back, author: 'owner', at: new Date() })
    const found = await findStartedFlow(db, id)
    if (!found) throw new Error('The flow was not kept.')
    return found
  })
  await bring([partnerRecord({ email: 'warm@ahead.example' })]) // what is asked once an hour
})
afterEach(() => {
  const { control } = importing.line.highLevel
  control.setSearchLag(0)
  control.setSearchFilterLimit(Number.POSITIVE_INFINITY)
  control.setAllowDuplicates(account.locationId, false)
  importing.wait(120_000) // whether duplicates are allowed is believed for a minute
})
afterAll(() => importing?.close())

function partnerRecord(fields: { email: string; sms?: string; first_name?: string; city?: string }): SyncRecord {
  const { id } = importing.line.activeTrail.control.createContact(fields, account.token)
  const read = { email: fields.email, sms: fields.sms ?? null, first_name: fields.first_name ?? null }
  const consent = { all: false, email: false, sms: false }
  return {
    ...{ id: String(id), fields: { ...read, city: fields.city ?? null }, consent, changedAt: null, isDeleted: false },
  }
}

let asked = 0
/** As a backfill does it: looked for together, then one by one. */
async function bring(records: readonly SyncRecord[], between: () => void = () => {}): Promise<SyncOutcome[]> {
  const { core } = importing
  const { tenantId } = account
  const ahead = await createLookAhead(core)({ tenantId, flow, records })
  between()
  const cause = { kind: 'backfill', backfillId: newId(), pass: `run${++asked}` } as const
  const outcomes: SyncOutcome[] = []
  for (const record of records) {
    const read = { record, readAt: Date.now() + 10_000 }
    const about = { tenantId, flow, from: 'partner', recordId: record.id, cause, quiet: true } as const
    outcomes.push(await syncRecord(core, { ...about, ...read, ahead }))
  }
  return outcomes
}

const add = (input: object) => importing.line.highLevel.control.createContact(account.locationId, input)
const withEmail = (email: string) =>
  importing.line.highLevel.control.contacts(account.locationId).filter((one) => one.email === email)

async function calls(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const { control } = importing.line.highLevel
  control.clearRequests()
  await work()
  const asked = control.requests().filter(({ path }) => !path.endsWith('/customFields')) // kept for a while
  const kinds = asked.map(
    ({ method, path }) => `${method} ${path.replace(/(contacts|locations)\/(?!search)\w+/, '$1/:id')}`,
  )
  return Object.fromEntries([...Map.groupBy(kinds, String)].map(([kind, some]) => [kind, some.length]))
}

test('new ones cost a call each and a share of a search; those that are in step cost the share alone', async () => {
  const records = Array.from({ length: 12 }, (_, number) =>
    partnerRecord({
      email: `new.${number}@ahead.example`,
      sms: `05022211${10 + number}`,
      first_name: 'Dana',
      city: 'Lod',
    }),
  )
  expect(await calls(() => bring(records))).toEqual({
    'GET /locations/:id': 1,
    'POST /contacts/search': 1,
    'POST /contacts/': 12,
  })
  const made = withEmail('new.3@ahead.example')
  expect(made).toMatchObject([{ firstName: 'Dana', city: 'Lod', tags: ['causeway-import'] }])
  let again: SyncOutcome[] = []
  const cost = await calls(async () => {
    again = await bring(records)
  })
  expect(cost).toEqual({ 'GET /locations/:id': 1, 'POST /contacts/search': 1 })
  expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
})

test.each([
  ['a name in other letters', { firstName: 'DANA' }],
  ['another town', { city: 'Yafo' }],
  ['a restriction', { dndSettings: { Email: { status: 'active' as const } } }],
])('what was changed at the platform since is looked at as a whole: %s', async (what, change) => {
  const email = `changed.${what.length}@ahead.example`
  const record = partnerRecord({ email, first_name: 'Dana', city: 'Lod' })
  await bring([record])
  const [made] = withEmail(email)
  await importing.line.database.system.sql('links').update({ synced_at: new Date(0) })
  importing.line.highLevel.control.updateContact(String(made?.id), change)
  expect(await calls(() => bring([record]))).toMatchObject({ 'GET /contacts/:id': 1 })
})

test('what the partner changed since is written', async () => {
  const record = partnerRecord({ email: 'moved@ahead.example', city: 'Lod' })
  await bring([record])
  const [outcome] = await bring([{ ...record, fields: { ...record.fields, city: 'Akko' } }])
  expect(outcome?.outcome).toBe('updated')
  expect(withEmail('moved@ahead.example')).toMatchObject([{ city: 'Akko' }])
})

test.each([
  ['the search lags behind', true],
  ['they come between the look and the write', false],
])('whoever is there is not made twice and not written over: %s', async (what, isBefore) => {
  const email = `late.${what.length}@ahead.example`
  const record = partnerRecord({ email, first_name: 'Theirs', city: 'Lod' })
  const come = (): void => void add({ email, firstName: 'Here' })
  if (isBefore) {
    importing.line.highLevel.control.setSearchLag(60_000)
    come()
  }
  const [outcome] = await bring([record], isBefore ? undefined : come)
  expect(outcome?.outcome).toBe('updated')
  const there = withEmail(email)
  expect(there).toHaveLength(1)
  expect(there).toMatchObject([{ firstName: 'Here', city: 'Lod' }])
  expect(there[0]?.tags).toContain('causeway-import')
  expect(outcome?.highLevelId).toBe(there[0]?.id)
})

test('a write of which nothing was stored is found again: one contact, and nothing is written over', async () => {
  const record = partnerRecord({ email: 'killed@ahead.example', city: 'Lod' })
  const [first] = await bring([record])
  const { system } = importing.line.database
  await system.sql('links').where({ highlevel_id: first?.highLevelId }).delete()
  importing.line.highLevel.control.setSearchLag(60_000)
  const [again] = await bring([record])
  expect(again?.highLevelId).toBe(first?.highLevelId)
  expect(withEmail('killed@ahead.example')).toHaveLength(1)
})

test('two records with one address: the second one is the owner’s to settle', async () => {
  const records = ['One', 'Two'].map((first_name) => partnerRecord({ email: `twin@ahead.example`, first_name }))
  await expect(bring(records)).rejects.toMatchObject({ code: 'conflict' })
  expect(withEmail('twin@ahead.example')).toMatchObject([{ firstName: 'One' }])
})

test('several who could be meant are asked about, and someone with the number alone is found', async () => {
  importing.line.highLevel.control.setAllowDuplicates(account.locationId, true)
  add({ email: 'double@ahead.example' })
  add({ email: 'double@ahead.example' })
  importing.line.highLevel.control.setAllowDuplicates(account.locationId, false)
  const { id } = add({ phone: '+972502223399', firstName: 'Noa' })
  const records = [
    partnerRecord({ email: 'double@ahead.example' }),
    partnerRecord({ email: 'numbered@ahead.example', sms: '0502223399' }),
  ]
  const [several, numbered] = await bring(records)
  expect(several?.outcome).toBe('conflict')
  expect(numbered).toMatchObject({ outcome: 'updated', highLevelId: id })
})

test('where duplicates are allowed a refusal guards nobody, so that each is looked for by itself', async () => {
  importing.line.highLevel.control.setAllowDuplicates(account.locationId, true)
  importing.line.highLevel.control.setSearchLag(60_000)
  add({ email: 'allowed@ahead.example', firstName: 'Here' })
  const [outcome] = await bring([partnerRecord({ email: 'allowed@ahead.example', city: 'Lod' })])
  expect(outcome?.outcome).toBe('updated')
  expect(withEmail('allowed@ahead.example')).toHaveLength(1)
})

test('what a search refuses altogether is looked for one by one', async () => {
  importing.line.highLevel.control.setSearchFilterLimit(1)
  const { id } = add({ email: 'single.1@ahead.example' })
  const records = Array.from({ length: 3 }, (_, number) => partnerRecord({ email: `single.${number}@ahead.example` }))
  const outcomes = await bring(records)
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'created'])
  expect(outcomes[1]?.highLevelId).toBe(id)
})

test('a search that takes fewer filters is asked for fewer', async () => {
  importing.line.highLevel.control.setSearchFilterLimit(12)
  const records = Array.from({ length: 30 }, (_, number) => partnerRecord({ email: `few.${number}@ahead.example` }))
  const cost = await calls(() => bring(records))
  expect(cost).toMatchObject({ 'POST /contacts/': 30 })
  expect(cost['POST /contacts/search']).toBeLessThan(8)
})
