import { afterAll, beforeAll, expect, test } from 'vitest'
import { PLATFORM_SIDE } from '../../src/flows/field-catalogue-store.ts'
import { readCatalogue } from '../../src/flows/read-catalogue.ts'
import { readUsedFields } from '../../src/flows/read-used-fields.ts'
import { visitFlows } from '../../src/flows/visit-flows.ts'
import type { Field } from '../../src/lib/field.ts'
import { checkDrift } from '../../src/sync/drift/check-drift.ts'
import { listFlowsToCheck } from '../../src/sync/drift/drift-store.ts'
import { createOpenPairs } from '../../src/sync/drift/open-pairs.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { flowPage, json } from './flow-page.ts'

/** What changes under a running flow: the fields of both sides, and records that drift. */

let line: Line
let mine: Account
let foreign: Account
let work: ReturnType<typeof tenantWork>
let page: ReturnType<typeof flowPage>
let later = 0

beforeAll(async () => {
  line = await startLine({ work: false })
  mine = await openAccount(line, 0)
  foreign = await openAccount(line, 4)
  work = tenantWork(line, () => Date.now() + later)
  await work.start()
  page = flowPage(line, mine)
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

const partnerKey = () => ({ tenantId: mine.tenantId, side: mine.connectionId, object: 'contact' })

/** What the platform would list. */
const listing = (fields: Field[]) => ({ ...work, platformFields: async () => fields })

const platform = (fields: Field[]) =>
  readCatalogue(listing(fields), { tenantId: mine.tenantId, side: PLATFORM_SIDE, object: 'contact', maxAgeMs: 0 })

test('a field that a flow uses and that is not as it was is told to its owner until it is again, or is used no more', async () => {
  const id = await page.fresh()
  await line.database.system.sql('field_catalogues').where({ side: PLATFORM_SIDE }).delete()
  const city: Field = { key: 'city', label: 'City', type: 'text' }
  const unused: Field = { key: 'customFields.x', label: 'Unused', type: 'text' }
  await platform([city, unused])
  await platform([{ ...city, label: 'Town', type: 'list' }])
  expect((await page.flow(id)).warnings).toEqual([
    'The field “City” in your account is now called “Town”. If it means something else now, change this flow.',
    'The field “City” in your account held text and now holds lists. Look whether this flow still fits.',
  ])
  const home = await (await mine.owner.get('/settings/home')).text()
  expect(home).toContain('is now called “Town”')
  expect((await flowPage(line, foreign).flows())[0]?.warnings).toEqual([])
  await platform([{ ...city, label: 'Place' }])
  expect((await page.flow(id)).warnings).toEqual([
    'The field “City” in your account is now called “Place”. If it means something else now, change this flow.',
  ])
  await platform([])
  expect((await page.flow(id)).warnings).toHaveLength(2)
  await platform([city])
  expect((await page.flow(id)).warnings).toEqual([])
  const actions = (await page.entriesOf(id)).map(({ action }) => action)
  expect(actions.filter((action) => action === 'flow.warned')).toHaveLength(3)
  expect(actions.filter((action) => action === 'flow.warning_cleared')).toHaveLength(3)

  await platform([])
  expect((await page.flow(id)).warnings).toHaveLength(1)
  const { definition, version } = await page.flow(id)
  const rows = definition.enter[0]?.rows.filter(({ target }) => target !== 'city') ?? []
  const without = { ...definition, enter: definition.enter.map((step) => ({ ...step, rows })) }
  await page.post(`/${id}/versions`, { basedOn: version, definition: without })
  expect((await page.flow(id)).warnings).toEqual([])
})

test('fields are read live, kept for a while, and what was known stays where they cannot be read', async () => {
  await line.database.system.sql('field_catalogues').where({ side: mine.connectionId }).delete()
  line.activeTrail.control.clearRequests()
  const path = `/settings/connections/${mine.connectionId}/fields?side=partner&object=contact`
  const { fields } = await json<{ fields: Field[] }>(mine.owner.get(path), 200)
  expect(fields.map(({ key }) => key)).toContain('email')
  await json(mine.owner.get(path), 200)
  expect(line.activeTrail.control.requests()).toHaveLength(1)
  line.activeTrail.control.fail({ status: 500 })
  const { fields: known, trouble } = await readCatalogue(work, { ...partnerKey(), maxAgeMs: 0 })
  line.activeTrail.control.clearFaults()
  expect(known).toEqual(fields)
  expect(trouble).toMatch(/^ActiveTrail /)
  await json(mine.owner.get(path.replace('contact', 'nothing')), 404)
})

test('connections whose fields were not read for a day are read by schedule', async () => {
  const asked: string[] = []
  const enqueueMany = async (_db: unknown, _name: string, jobs: { payload: object }[]) => {
    asked.push(...jobs.map(({ payload }) => ('connectionId' in payload ? String(payload.connectionId) : '')))
  }
  await readCatalogue(work, { ...partnerKey(), maxAgeMs: 0 })
  await visitFlows({ ...work, enqueueMany })
  expect(asked).toEqual([foreign.connectionId]) // the other one's were read just now
  later = 24 * 3_600_000
  await visitFlows({ ...work, enqueueMany })
  expect(asked.slice(1).sort()).toEqual([foreign.connectionId, mine.connectionId].sort())
  line.activeTrail.control.clearRequests()
  await readUsedFields(listing([]), { tenantId: mine.tenantId, connectionId: mine.connectionId })
  expect(line.activeTrail.control.requests().map(({ path }) => path)).toEqual(['/api/account/contactFields'])
  later = 0
})

test('linked records that drift from what a flow would write are counted, and its owner is told', async () => {
  const id = await page.fresh()
  const { sql } = line.database.system
  await sql('links').where({ connection_id: mine.connectionId }).delete()
  const ids = Array.from({ length: 30 }, (_, index) => `c${String(index).padStart(2, '0')}`)
  const at = { created_at: new Date(), updated_at: new Date() }
  await sql('links').insert(
    ids.map((one) => ({
      ...{ tenant_id: mine.tenantId, connection_id: mine.connectionId, object: 'contact' },
      ...{ highlevel_id: one, partner_id: `p-${one}`, ...at },
    })),
  )
  const read: string[] = []
  const drift = (differs: (one: string) => boolean) => ({
    ...work,
    openPairs:
      async () =>
      async ({ highLevelId }: { highLevelId: string }) => {
        read.push(highLevelId)
        if (highLevelId === 'c03') return undefined // gone meanwhile
        return {
          source: { email: 'ada@example.com' },
          target: { email: differs(highLevelId) ? 'other@example.com' : 'ADA@example.com' },
          fields: [{ key: 'email', label: 'E-mail', type: 'email' as const }],
          around: { zone: 'UTC', country: 'IL' },
        }
      },
  })
  const due = { tenantId: mine.tenantId, flowId: id }
  expect(await listFlowsToCheck(line.database.system, new Date(0))).toContainEqual(due)
  await checkDrift(
    drift((one) => one < 'c08'),
    due,
  )
  expect(read).toEqual(ids.slice(0, 20))
  expect((await page.flow(id)).warnings).toEqual([
    expect.stringMatching(
      /^Of 19 linked records that were compared, 7 are not as this flow would make them, in “email”/,
    ),
  ])
  const [check] = await sql('drift_checks').where({ flow_id: id })
  expect(check).toMatchObject({ compared: 19, different: 7, fields: { email: 7 }, place: 'c19' })
  expect(await listFlowsToCheck(line.database.system, new Date(0))).not.toContainEqual(due)
  await checkDrift(
    drift(() => false),
    due,
  )
  expect(read.slice(20)).toEqual(ids.slice(20))
  expect((await page.flow(id)).warnings).toEqual([])
})

test('the records are read on both sides, and one that is gone is left out', async () => {
  const id = await page.fresh()
  const { sql } = line.database.system
  await sql('links').where({ connection_id: mine.connectionId, object: 'contact' }).delete()
  const pairs = [
    { here: { email: 'same@example.com', city: 'Lod' }, there: { email: 'SAME@example.com', city: 'Lod' } },
    { here: { email: 'other@example.com', city: 'Lod' }, there: { email: 'other@example.com', city: 'Haifa' } },
  ].map(({ here, there }) => ({
    highlevel_id: line.highLevel.control.createContact(mine.locationId, here).id,
    partner_id: String(line.activeTrail.control.createContact(there, mine.token).id),
  }))
  const gone = { highlevel_id: 'gone', partner_id: '999999' }
  const at = { created_at: new Date(), updated_at: new Date() }
  const key = { tenant_id: mine.tenantId, connection_id: mine.connectionId, object: 'contact', ...at }
  await sql('links').insert([...pairs, gone].map((ids) => ({ ...key, ...ids })))
  await checkDrift({ ...work, openPairs: createOpenPairs(work) }, { tenantId: mine.tenantId, flowId: id })
  const [check] = await sql('drift_checks').where({ flow_id: id })
  expect(check).toMatchObject({ compared: 2, different: 1, fields: { city: 1 }, place: null })
  expect((await page.flow(id)).warnings).toEqual([]) // of two nothing follows
})

test('the account’s own fields are read live', async () => {
  await line.database.system.sql('field_catalogues').where({ side: PLATFORM_SIDE }).delete()
  const at = `/settings/connections/${mine.connectionId}/fields?side=highlevel&object=`
  for (const [object, key] of Object.entries({ contact: 'firstName', task: 'dueDate', note: 'body' })) {
    const { fields, trouble } = await json<{ fields: Field[]; trouble: null }>(mine.owner.get(at + object), 200)
    expect([object, trouble, fields.some((one) => one.key === key)]).toEqual([object, null, true])
  }
  await json(mine.owner.get(`${at}nothing`), 404)
})
