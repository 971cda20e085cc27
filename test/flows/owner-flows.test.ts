import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FlowDefinition } from '../../src/connectors/flow-definition.ts'
import { PLATFORM_SIDE } from '../../src/flows/field-catalogue-store.ts'
import { readCatalogue } from '../../src/flows/read-catalogue.ts'
import { readUsedFields } from '../../src/flows/read-used-fields.ts'
import { saveVersion } from '../../src/flows/save-version.ts'
import { visitFlows } from '../../src/flows/visit-flows.ts'
import type { Field } from '../../src/lib/field.ts'
import { checkDrift } from '../../src/sync/drift/check-drift.ts'
import { listFlowsToCheck } from '../../src/sync/drift/drift-store.ts'
import { createOpenPairs } from '../../src/sync/drift/open-pairs.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'

let line: Line
let mine: Account
let foreign: Account
let work: ReturnType<typeof tenantWork>
let first: string
let later = 0

beforeAll(async () => {
  line = await startLine({ work: false })
  mine = await openAccount(line, 0)
  foreign = await openAccount(line, 4)
  work = tenantWork(line, () => Date.now() + later)
  await work.start()
  first = (await flows())[0]?.id ?? ''
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

type Shown = {
  id: string
  name: string
  version: number
  enabled: boolean
  warnings: string[]
  definition: FlowDefinition
}

const json = async <T>(answer: Promise<Response>, status: number): Promise<T> => {
  const response = await answer
  const body = response.status === 204 ? undefined : await response.json()
  expect([response.status, body]).toEqual([status, body])
  return body as T
}
const flows = async (owner = mine.owner): Promise<Shown[]> =>
  (await json<{ flows: Shown[] }>(owner.get('/settings/flows'), 200)).flows
const flow = (id: string): Promise<Shown> => json(mine.owner.get(`/settings/flows/${id}`), 200)
const post = <T>(path: string, body: object, status = 201): Promise<T> =>
  json(mine.owner.send('POST', `/settings/flows${path}`, body), status)
const put = (path: string, body: object, status = 204): Promise<{ error: { message: string } }> =>
  json(mine.owner.send('PUT', `/settings/flows${path}`, body), status)
/** A flow of the ready kind, switched on. */
async function fresh(): Promise<string> {
  const { id } = await post<{ id: string }>('', { kind: 'ready', connectionId: mine.connectionId, key: 'contacts' })
  await put(`/${id}/switch`, { enabled: true })
  return id
}
const versionsOf = (id: string) =>
  line.database.system.sql('mapping_versions').where({ flow_id: id }).orderBy('version')
const entriesOf = async (id: string): Promise<Record<string, unknown>[]> =>
  line.database.system
    .sql('audit_entries')
    .where({ target: `flow/${id}` })
    .orderBy('seq')

const changed = (definition: FlowDefinition, tag: string): FlowDefinition => ({
  ...definition,
  conditions: { match: 'and', conditions: [{ field: 'tags', operator: 'has_any_of', value: [tag] }] },
})

test('a flow is made from one that is ready, from nothing, or from another, and is off at first', async () => {
  const { connectionId } = mine
  const made = await post<{ id: string }>('', { kind: 'ready', connectionId, key: 'contacts' })
  const own = await post<{ id: string }>('', {
    ...{ kind: 'own', connectionId, name: ' My own ' },
    definition: { ...(await flow(first)).definition, enter: [] },
  })
  const copy = await post<{ id: string }>('', { kind: 'copy', flowId: first, name: 'A copy' })
  expect(await flow(made.id)).toMatchObject({ name: 'Contacts to ActiveTrail', enabled: false, version: 1 })
  expect(await flow(own.id)).toMatchObject({ name: 'My own', enabled: false })
  expect((await flow(copy.id)).definition).toEqual((await flow(first)).definition)
  expect(await entriesOf(copy.id)).toMatchObject([{ action: 'flow.created', details: { copyOf: first } }])
  await put(`/${own.id}`, { name: 'Renamed' })
  expect((await flow(own.id)).name).toBe('Renamed')
  const refused = await put(`/${own.id}/switch`, { enabled: true }, 422)
  expect(refused.error.message).toBe('Choose what this flow does.')
  await put(`/${made.id}/switch`, { enabled: true })
  for (const { id } of [made, own, copy]) await json(mine.owner.send('DELETE', `/settings/flows/${id}`), 204)
  const left = (await flows()).map(({ id }) => id)
  expect(left).toContain(first)
  for (const { id } of [made, own, copy]) expect(left).not.toContain(id)
  await put(`/${made.id}/switch`, { enabled: true }, 404)
  const [row] = await line.database.system.sql('flows').where({ id: made.id })
  expect(row).toMatchObject({ enabled: false, deleted_at: expect.any(Date) })
})

test('each save is a version, and an earlier one can be brought back as the next', async () => {
  const id = await fresh()
  const { definition, version } = await flow(id)
  const next = { ...changed(definition, 'secret tag'), trigger: 'highlevel.contact_created' }
  expect(await post(`/${id}/versions`, { basedOn: version, definition: next })).toEqual({ version: version + 1 })
  expect(await post(`/${id}/versions`, { basedOn: version + 1, definition: next })).toEqual({ version: version + 1 })
  const [row] = await line.database.system.sql('flows').where({ id: id })
  expect(row).toMatchObject({ trigger: 'highlevel.contact_created', mapping_version: version + 1 })
  expect(await post(`/${id}/versions`, { basedOn: version + 1, restore: version })).toEqual({ version: version + 2 })
  expect((await flow(id)).definition).toEqual(definition)
  const { versions } = await json<{ versions: { version: number; changes: { sentence: string }[] }[] }>(
    mine.owner.get(`/settings/flows/${id}/versions`),
    200,
  )
  expect(versions.map(({ version: one, changes }) => [one, changes.map(({ sentence }) => sentence)])).toEqual([
    [version + 2, ['The flow is started by something else.', 'The conditions were changed.']],
    [version + 1, ['The flow is started by something else.', 'The conditions were changed.']],
    [version, []],
  ])
  const entries = (await entriesOf(id)).slice(-2)
  expect(entries).toMatchObject([
    { action: 'flow.saved', fields: ['conditions', 'trigger'], details: { version: version + 1 } },
    { action: 'flow.restored', details: { version: version + 2, restored: version } },
  ])
  expect(JSON.stringify(entries)).not.toContain('secret tag')
})

test('of many who save at once one is first, and numbers have no gap', async () => {
  const { definition, version } = await flow(first)
  const saves = Array.from({ length: 6 }, (_, index) =>
    saveVersion(work, {
      ...{ tenantId: mine.tenantId, flowId: first, basedOn: version, definition: changed(definition, `t${index}`) },
      actor: { kind: 'user', id: `user-${index}` },
    }),
  )
  const ends = await Promise.allSettled(saves)
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))).toEqual(Array(5).fill('conflict'))
  const numbers = (await versionsOf(first)).map((row) => row.version)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  expect(numbers.at(-1)).toBe(version + 1)
  const late = await json<{ error: { message: string } }>(
    mine.owner.send('POST', `/settings/flows/${first}/versions`, { basedOn: version, definition }),
    409,
  )
  expect(late.error.message).toContain(`it is at version ${version + 1}`)
})

test('what is not in form is not kept, and a flow that is on takes nothing that cannot be done', async () => {
  const { definition, version } = await flow(first)
  const odd = [
    { ...definition, more: 1 },
    { ...definition, enter: Array(26).fill(definition.enter[0]) },
    { ...definition, conditions: { match: 'xor', conditions: [] } },
    { ...definition, trigger: 'x'.repeat(201) },
  ]
  for (const one of odd) await post(`/${first}/versions`, { basedOn: version, definition: one }, 422)
  const idle = { ...definition, trigger: 'activetrail.nothing', enter: [] }
  await post(`/${first}/versions`, { basedOn: version, definition: idle }, 422)
  const check = (one: FlowDefinition) =>
    post<{ problems: { path: string }[] }>(`/${first}/checks`, { definition: one }, 200)
  expect((await check(idle)).problems.map(({ path }) => path).sort()).toEqual(['enter', 'trigger'])
  const [step] = definition.enter
  const gone = {
    ...definition,
    enter: [{ ...step, rows: [{ ...step?.rows[0], target: 'no_such' }] }],
  } as FlowDefinition
  expect((await check(gone)).problems).toEqual([
    { path: 'enter.0.rows.0.target', sentence: 'There is no field “no_such” to be set.' },
  ])
  expect((await check(definition)).problems).toEqual([])
  expect((await flow(first)).version).toBe(version)
})

test('another account’s ids in a body are ids of nothing', async () => {
  const { definition } = await flow(first)
  const theirs = (await flows(foreign.owner))[0]?.id
  const { connectionId } = foreign
  await post('', { kind: 'copy', flowId: theirs, name: 'Taken' }, 404)
  await post('', { kind: 'ready', connectionId, key: 'contacts' }, 404)
  await post('', { kind: 'own', connectionId, name: 'Taken', definition }, 404)
  expect(await flows(foreign.owner)).toHaveLength(1)
})

const partnerKey = () => ({ tenantId: mine.tenantId, side: mine.connectionId, object: 'contact' })

/** What the platform would list. */
const listing = (fields: Field[]) => ({ ...work, platformFields: async () => fields })

const platform = (fields: Field[]) =>
  readCatalogue(listing(fields), { tenantId: mine.tenantId, side: PLATFORM_SIDE, object: 'contact', maxAgeMs: 0 })

test('a field that a flow uses and that is not as it was is told to its owner until it is again, or is used no more', async () => {
  const id = await fresh()
  await line.database.system.sql('field_catalogues').where({ side: PLATFORM_SIDE }).delete()
  const city: Field = { key: 'city', label: 'City', type: 'text' }
  const unused: Field = { key: 'customFields.x', label: 'Unused', type: 'text' }
  await platform([city, unused])
  await platform([{ ...city, label: 'Town', type: 'list' }])
  expect((await flow(id)).warnings).toEqual([
    'The field “City” in your account is now called “Town”. If it means something else now, change this flow.',
    'The field “City” in your account held text and now holds lists. Look whether this flow still fits.',
  ])
  const page = await (await mine.owner.get('/settings/home')).text()
  expect(page).toContain('is now called “Town”')
  expect((await flows(foreign.owner))[0]?.warnings).toEqual([])
  await platform([{ ...city, label: 'Place' }])
  expect((await flow(id)).warnings).toEqual([
    'The field “City” in your account is now called “Place”. If it means something else now, change this flow.',
  ])
  await platform([])
  expect((await flow(id)).warnings).toHaveLength(2)
  await platform([city])
  expect((await flow(id)).warnings).toEqual([])
  const actions = (await entriesOf(id)).map(({ action }) => action)
  expect(actions.filter((action) => action === 'flow.warned')).toHaveLength(3)
  expect(actions.filter((action) => action === 'flow.warning_cleared')).toHaveLength(3)

  await platform([])
  expect((await flow(id)).warnings).toHaveLength(1)
  const { definition, version } = await flow(id)
  const rows = definition.enter[0]?.rows.filter(({ target }) => target !== 'city') ?? []
  const without = { ...definition, enter: definition.enter.map((step) => ({ ...step, rows })) }
  await post(`/${id}/versions`, { basedOn: version, definition: without })
  expect((await flow(id)).warnings).toEqual([])
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
  const id = await fresh()
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
  expect((await flow(id)).warnings).toEqual([
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
  expect((await flow(id)).warnings).toEqual([])
})

test('the records are read on both sides, and one that is gone is left out', async () => {
  const id = await fresh()
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
  expect((await flow(id)).warnings).toEqual([]) // of two nothing follows
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

test('what a flow would make of a real record is shown, and nothing is written', async () => {
  const id = await fresh()
  await line.database.system.sql('links').where({ connection_id: mine.connectionId }).delete()
  const contact = { email: 'preview@example.com', firstName: 'Ada', tags: ['vip'] }
  const { id: recordId } = line.highLevel.control.createContact(mine.locationId, contact)
  const { definition } = await flow(id)
  const shown = await post<{ recordId: string; isMet: boolean; steps: { rows: Record<string, unknown>[] }[] }>(
    `/${id}/previews`,
    { definition: changed(definition, 'other'), recordId },
    200,
  )
  expect(shown).toMatchObject({ recordId, isMet: false })
  expect(shown.steps[0]?.rows).toContainEqual(
    expect.objectContaining({ target: 'first_name', effect: 'written', result: 'Ada' }),
  )
  const any = await post<{ isMet: boolean; recordId: string }>(`/${id}/previews`, { definition }, 200)
  expect(any).toMatchObject({ isMet: true })
  expect(mine.there({ email: 'preview@example.com' })).toEqual([])
  const nothing = { definition, recordId: 'nobody' }
  await post(`/${id}/previews`, nothing, 404)
})
