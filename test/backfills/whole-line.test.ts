import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FlowDefinition, MappingRow } from '../../src/connectors/flow-definition.ts'
import { insertFlow } from '../../src/flows/flow-store.ts'
import { newId } from '../../src/lib/ids.ts'
import type { BackfillView } from '../../src/settings/backfill-view.ts'
import { IMPORT_TAG } from '../../src/sync/sides/import-tag.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { quiet } from '../support/two-way.ts'

/** From the owner's request to the records on the other side, with everything in between. */

let line: Line

beforeAll(async () => {
  line = await startLine()
  line.highLevel.control.setRateLimit({ burst: 10_000, daily: 1_000_000 })
})

afterAll(() => line?.close())

const flowOf = async ({ tenantId }: Account): Promise<string> =>
  String((await line.database.system.sql('flows').where({ tenant_id: tenantId }).first('id')).id)

type Shown = BackfillView & { plan: { sampled: number; counts: object; brake: string | null }; test: object }

const look = async ({ owner }: Account, id: string): Promise<Shown> =>
  (await owner.get(`/settings/backfills/${id}`)).json() as Promise<Shown>

const becomes = (account: Account, id: string, status: string): Promise<Shown> =>
  eventually(
    () => look(account, id),
    (seen) => seen.status === status,
    30_000,
  )

const records = async ({ owner }: Account, id: string, phase: string): Promise<Record<string, unknown>[]> => {
  const answer = await owner.get(`/settings/backfills/${id}/records?phase=${phase}`)
  return ((await answer.json()) as { records: Record<string, unknown>[] }).records
}

const plan = async (account: Account, flowId: string): Promise<string> => {
  const asked = await account.owner.send('POST', '/settings/backfills', { flowId })
  expect(asked.status).toBe(201)
  const { id } = (await asked.json()) as { id: string }
  await becomes(account, id, 'planned')
  return id
}

const step = async ({ owner }: Account, id: string, name: string, body?: object): Promise<number> =>
  (await owner.send('POST', `/settings/backfills/${id}/${name}`, body)).status

test('contacts of the platform are brought over once, and planned again there is nothing to do', async () => {
  const account = await openAccount(line, 0)
  const { control } = line.highLevel
  for (let number = 0; number < 16; number++) {
    control.dropNextWebhooks(1)
    control.createContact(account.locationId, { email: `over.${number}@example.com`, firstName: `Over ${number}` })
  }
  const all = control.contacts(account.locationId).length
  const flowId = await flowOf(account)
  const id = await plan(account, flowId)
  expect(await step(account, id, 'test')).toBe(204)
  await becomes(account, id, 'tested')
  expect(await records(account, id, 'test')).toHaveLength(10)
  expect(await step(account, id, 'run')).toBe(409)
  expect(await step(account, id, 'run', { confirmed: true })).toBe(204)
  const over = await becomes(account, id, 'done')
  expect(over.progress).toMatchObject({ done: all, total: all, share: 1 })
  expect(over.counts.failed + over.counts.conflict).toBe(0)
  expect(over.plan.brake).toContain('Confirm')
  for (let number = 0; number < 16; number++) {
    expect(account.there({ email: `over.${number}@example.com` })).toHaveLength(1)
  }

  const writes = (): number => line.activeTrail.control.requests().filter(({ method }) => method !== 'GET').length
  const before = writes()
  const again = await plan(account, flowId)
  const { plan: planned } = await look(account, again)
  expect(planned).toMatchObject({ sampled: all, brake: null })
  expect(await step(account, again, 'cancel')).toBe(204)
  expect(writes()).toBe(before)
})

const row = (target: string, field: string): MappingRow => ({
  target,
  source: { kind: 'field', field },
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
})

/** From the partner to the platform; only for people in Haifa. */
const BACK: FlowDefinition = {
  trigger: 'activetrail.contact_changed',
  options: {},
  conditions: { match: 'and', conditions: [{ field: 'city', operator: 'is', value: 'Haifa' }] },
  enter: [
    {
      id: 'sync',
      kind: 'sync',
      object: 'contact',
      rows: [row('email', 'email'), row('firstName', 'first_name')],
      consent: false,
      labels: { kind: 'none' },
      creates: true,
      branches: [],
    },
  ],
  leave: [],
  onDelete: { kind: 'nothing' },
}

test('contacts of a partner are brought over quietly, those that the flow is for', async () => {
  const account = await openAccount(line, 1)
  const { control } = line.activeTrail
  control.setModes({ webhooks: 'silent' })
  for (let number = 0; number < 12; number++) {
    const city = number < 9 ? 'Haifa' : 'Lod'
    control.createContact({ email: `back.${number}@example.com`, first_name: `Back ${number}`, city }, account.token)
  }
  const flowId = newId()
  const { connectionId } = account
  const flow = { id: flowId, connectionId, template: null, name: 'Back', enabled: true, definition: BACK }
  await line.database.asTenant(account.tenantId, (db) => insertFlow(db, { ...flow, author: 'owner', at: new Date() }))
  const known = line.highLevel.control.contacts(account.locationId).length
  const id = await plan(account, flowId)
  expect((await look(account, id)).plan.counts).toMatchObject({ created: 9, skipped: 3 })
  expect(await step(account, id, 'test')).toBe(204)
  await becomes(account, id, 'tested')
  expect(await step(account, id, 'run', { confirmed: true })).toBe(204)
  const over = await becomes(account, id, 'done')
  expect(over).toMatchObject({ direction: 'to_highlevel', progress: { done: 12 } })
  expect(over.counts).toMatchObject({ failed: 0, conflict: 0, skipped: 3 })
  const made = line.highLevel.control.contacts(account.locationId).filter(({ email }) => email?.startsWith('back.'))
  expect(line.highLevel.control.contacts(account.locationId)).toHaveLength(known + 9)
  expect(made).toHaveLength(9)
  expect(made.every(({ tags }) => tags.includes(IMPORT_TAG))).toBe(true)

  // The platform tells of each; what the import itself has made is not read for that, nor written back.
  await quiet(line, account.tenantId)
  const about = new Set(made.map((contact) => `/contacts/${contact.id}`))
  expect(line.highLevel.control.requests().filter(({ path }) => about.has(path))).toEqual([])
  expect(
    line.highLevel.control.deliveries().filter(({ body }) => made.some((one) => body.includes(one.id))),
  ).toHaveLength(9)
  const [edited] = made
  line.highLevel.control.updateContact(String(edited?.id), { firstName: 'Edited' })
  await quiet(line, account.tenantId)
  expect(account.there({ email: String(edited?.email) })).toMatchObject([{ first_name: 'Edited' }])
})
