import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FlowDefinition } from '../../src/connectors/flow-definition.ts'
import { saveVersion } from '../../src/flows/save-version.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { flowPage, json } from './flow-page.ts'

let line: Line
let mine: Account
let foreign: Account
let work: ReturnType<typeof tenantWork>
let page: ReturnType<typeof flowPage>
let first: string

beforeAll(async () => {
  line = await startLine({ work: false })
  mine = await openAccount(line, 0)
  foreign = await openAccount(line, 4)
  work = tenantWork(line)
  await work.start()
  page = flowPage(line, mine)
  first = (await page.flows())[0]?.id ?? ''
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

const versionsOf = (id: string) =>
  line.database.system.sql('mapping_versions').where({ flow_id: id }).orderBy('version')

const changed = (definition: FlowDefinition, tag: string): FlowDefinition => ({
  ...definition,
  conditions: { match: 'and', conditions: [{ field: 'tags', operator: 'has_any_of', value: [tag] }] },
})

test('a flow is made from one that is ready, from nothing, or from another, and is off at first', async () => {
  const { connectionId } = mine
  const made = await page.post<{ id: string }>('', { kind: 'ready', connectionId, key: 'contacts' })
  const own = await page.post<{ id: string }>('', {
    ...{ kind: 'own', connectionId, name: ' My own ' },
    definition: { ...(await page.flow(first)).definition, enter: [] },
  })
  const copy = await page.post<{ id: string }>('', { kind: 'copy', flowId: first, name: 'A copy' })
  expect(await page.flow(made.id)).toMatchObject({ name: 'Contacts to ActiveTrail', enabled: false, version: 1 })
  expect(await page.flow(own.id)).toMatchObject({ name: 'My own', enabled: false })
  expect((await page.flow(copy.id)).definition).toEqual((await page.flow(first)).definition)
  expect(await page.entriesOf(copy.id)).toMatchObject([{ action: 'flow.created', details: { copyOf: first } }])
  await page.put(`/${own.id}`, { name: 'Renamed' })
  expect((await page.flow(own.id)).name).toBe('Renamed')
  const refused = await page.put(`/${own.id}/switch`, { enabled: true }, 422)
  expect(refused.error.message).toBe('Choose what this flow does.')
  await page.put(`/${made.id}/switch`, { enabled: true })
  for (const { id } of [made, own, copy]) await json(mine.owner.send('DELETE', `/settings/flows/${id}`), 204)
  const left = (await page.flows()).map(({ id }) => id)
  expect(left).toContain(first)
  for (const { id } of [made, own, copy]) expect(left).not.toContain(id)
  await page.put(`/${made.id}/switch`, { enabled: true }, 404)
  const [row] = await line.database.system.sql('flows').where({ id: made.id })
  expect(row).toMatchObject({ enabled: false, deleted_at: expect.any(Date) })
})

test('each save is a version, and an earlier one can be brought back as the next', async () => {
  const id = await page.fresh()
  const { definition, version } = await page.flow(id)
  const next = { ...changed(definition, 'secret tag'), trigger: 'highlevel.contact_created' }
  expect(await page.post(`/${id}/versions`, { basedOn: version, definition: next })).toEqual({ version: version + 1 })
  expect(await page.post(`/${id}/versions`, { basedOn: version + 1, definition: next })).toEqual({
    version: version + 1,
  })
  const [row] = await line.database.system.sql('flows').where({ id: id })
  expect(row).toMatchObject({ trigger: 'highlevel.contact_created', mapping_version: version + 1 })
  expect(await page.post(`/${id}/versions`, { basedOn: version + 1, restore: version })).toEqual({
    version: version + 2,
  })
  expect((await page.flow(id)).definition).toEqual(definition)
  const { versions } = await json<{ versions: { version: number; changes: { sentence: string }[] }[] }>(
    mine.owner.get(`/settings/flows/${id}/versions`),
    200,
  )
  expect(versions.map(({ version: one, changes }) => [one, changes.map(({ sentence }) => sentence)])).toEqual([
    [version + 2, ['The flow is started by something else.', 'The conditions were changed.']],
    [version + 1, ['The flow is started by something else.', 'The conditions were changed.']],
    [version, []],
  ])
  const entries = (await page.entriesOf(id)).slice(-2)
  expect(entries).toMatchObject([
    { action: 'flow.saved', fields: ['conditions', 'trigger'], details: { version: version + 1 } },
    { action: 'flow.restored', details: { version: version + 2, restored: version } },
  ])
  expect(JSON.stringify(entries)).not.toContain('secret tag')
})

test('of many who save at once one is first, and numbers have no gap', async () => {
  const { definition, version } = await page.flow(first)
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
  const { definition, version } = await page.flow(first)
  const odd = [
    { ...definition, more: 1 },
    { ...definition, enter: Array(26).fill(definition.enter[0]) },
    { ...definition, conditions: { match: 'xor', conditions: [] } },
    { ...definition, trigger: 'x'.repeat(201) },
  ]
  for (const one of odd) await page.post(`/${first}/versions`, { basedOn: version, definition: one }, 422)
  const idle = { ...definition, trigger: 'activetrail.nothing', enter: [] }
  await page.post(`/${first}/versions`, { basedOn: version, definition: idle }, 422)
  const check = (one: FlowDefinition) =>
    page.post<{ problems: { path: string }[] }>(`/${first}/checks`, { definition: one }, 200)
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
  expect((await page.flow(first)).version).toBe(version)
})

test('another account’s ids in a body are ids of nothing', async () => {
  const { definition } = await page.flow(first)
  const theirs = (await flowPage(line, foreign).flows())[0]?.id
  const { connectionId } = foreign
  await page.post('', { kind: 'copy', flowId: theirs, name: 'Taken' }, 404)
  await page.post('', { kind: 'ready', connectionId, key: 'contacts' }, 404)
  await page.post('', { kind: 'own', connectionId, name: 'Taken', definition }, 404)
  expect(await flowPage(line, foreign).flows()).toHaveLength(1)
})

test('what a flow would make of a real record is shown, and nothing is written', async () => {
  const id = await page.fresh()
  await line.database.system.sql('links').where({ connection_id: mine.connectionId }).delete()
  const contact = { email: 'preview@example.com', firstName: 'Ada', tags: ['vip'] }
  const { id: recordId } = line.highLevel.control.createContact(mine.locationId, contact)
  const { definition } = await page.flow(id)
  const shown = await page.post<{ recordId: string; isMet: boolean; steps: { rows: Record<string, unknown>[] }[] }>(
    `/${id}/previews`,
    { definition: changed(definition, 'other'), recordId },
    200,
  )
  expect(shown).toMatchObject({ recordId, isMet: false })
  expect(shown.steps[0]?.rows).toContainEqual(
    expect.objectContaining({ target: 'first_name', effect: 'written', result: 'Ada' }),
  )
  const any = await page.post<{ isMet: boolean; recordId: string }>(`/${id}/previews`, { definition }, 200)
  expect(any).toMatchObject({ isMet: true })
  expect(mine.there({ email: 'preview@example.com' })).toEqual([])
  const nothing = { definition, recordId: 'nobody' }
  await page.post(`/${id}/previews`, nothing, 404)
})
