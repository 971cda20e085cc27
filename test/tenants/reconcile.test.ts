import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { composeReconcile, type Reconciler } from '../../src/compose/operator.ts'
import { createLogger } from '../../src/lib/logger.ts'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type Agency, agencyOf } from './agency.ts'
import { actionsOf, answerTo, becomes, statusOf } from './installed.ts'

let line: Line
let agency: Agency
let reconciler: Reconciler

beforeAll(async () => {
  line = await startLine()
  const log = createLogger({ level: 'info', destination: { write: (text) => void line.logged.push(text) } })
  reconciler = composeReconcile({ config: line.config, databaseUrl: line.databaseUrl, log })
  await reconciler.start()
})

afterAll(async () => {
  await reconciler?.stop()
  await line?.close()
})

/** Each test begins with an agency that has had the app in three locations for a day. */
beforeEach(async () => {
  const { control } = line.highLevel
  control.clearFaults()
  agency = agencyOf(line, control.companies()[0] as Company)
  control.uninstall({ companyId: agency.companyId })
  await agency.quiet()
  await agency.install({ locationIds: agency.locationIds().slice(0, 3) })
  await agency.allBecome(agency.locationIds().slice(0, 3), 'active')
  await agency.quiet()
  await ageByADay()
  control.clearRequests()
})

/** Everything we know of the agency was said a day earlier. */
const ageByADay = (): Promise<unknown> =>
  line.database.system.sql.raw(
    `update installations set installed_at = installed_at - interval '1 day',
       authorized_at = authorized_at - interval '1 day', claimed_at = claimed_at - interval '1 day',
       uninstalled_at = uninstalled_at - interval '1 day'
     where company_id = ?`,
    [agency.companyId],
  )

const reconcile = (evenIfMany = false) => reconciler.reconcile({ tenantId: agency.tenantId, evenIfMany })

/** Something happens at the platform, and its webhook never comes. */
async function unheard(happen: () => void, webhooks = 1): Promise<void> {
  line.highLevel.control.dropNextWebhooks(webhooks)
  happen()
  line.highLevel.control.dropNextWebhooks(0)
  await agency.quiet()
}

const locationAt = (index: number): string => String(agency.locationIds()[index])

const entriesOf = (tenantId: string, action: string) =>
  line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, action })
    .orderBy('seq', 'desc')
    .select('details', 'actor_kind')

/** A location that the app comes to without a word. */
async function comeUnheard(): Promise<string> {
  const { control } = line.highLevel
  let id = ''
  await unheard(() => {
    id = control.createLocation(agency.companyId, 'Opened quietly').id
    control.installLocations(agency.companyId, [id])
  })
  return id
}

test('a location whose installation nobody told of is found and gets its token', async () => {
  const id = await comeUnheard()
  expect(await statusOf(line, agency.tenantOf(id))).toBeUndefined()
  expect(await reconcile()).toMatchObject({ outcome: 'finished', healed: 1, absent: 0 })
  await becomes(line, agency.tenantOf(id), 'active')
  expect(await answerTo(line, await line.worker.accessTokens.getAccessToken(agency.tenantOf(id)), id)).toBe(200)
  const [entry] = await entriesOf(agency.tenantOf(id), 'installation.reconciled')
  expect(entry).toMatchObject({ actor_kind: 'schedule', details: { was: 'unknown', is: 'pending' } })
  const [run] = await entriesOf(agency.tenantId, 'reconcile.finished')
  expect(run?.details).toMatchObject({ healed: 1, absent: 0 })
})

test('a location that left unheard loses its tokens; it was asked for by name first', async () => {
  const id = locationAt(0)
  await unheard(() => line.highLevel.control.uninstall({ locationId: id }))
  expect(await reconcile()).toMatchObject({ outcome: 'finished', healed: 1, absent: 1 })
  expect(await statusOf(line, agency.tenantOf(id))).toBe('uninstalled')
  const tokens = line.database.system.sql('installation_tokens').where({ tenant_id: agency.tenantOf(id) })
  expect(await tokens).toEqual([])
  expect((await actionsOf(line, agency.tenantOf(id))).slice(-2)).toEqual([
    'installation.uninstalled',
    'installation.reconciled',
  ])
  const [entry] = await entriesOf(agency.tenantOf(id), 'installation.reconciled')
  expect(entry?.details).toEqual({ was: 'active', is: 'uninstalled' })
  const byName = line.highLevel.control
    .requests({ path: '/oauth/installedLocations' })
    .filter(({ query }) => query.locationId)
  expect(byName.map(({ query }) => query.locationId)).toEqual([id])
  expect(await agency.statuses([locationAt(1), locationAt(2)])).toEqual({ active: 2 })
})

test('where nothing differs, nothing is written but that it was compared', async () => {
  const before = await Promise.all(agency.locationIds().map((id) => actionsOf(line, agency.tenantOf(id))))
  expect(await reconcile()).toMatchObject({ outcome: 'finished', healed: 0, absent: 0 })
  await agency.quiet()
  expect(await Promise.all(agency.locationIds().map((id) => actionsOf(line, agency.tenantOf(id))))).toEqual(before)
  expect(agency.exchanges()).toEqual({})
})

test('a location that the list leaves out, but knows when it is asked for, stays', async () => {
  const everything = { locations: [], count: 3 }
  line.highLevel.control.failNext({ path: '/oauth/installedLocations', kind: 'answer', status: 200, body: everything })
  expect(await reconcile()).toMatchObject({ outcome: 'finished', listed: 0, absent: 0 })
  expect(await agency.statuses(agency.locationIds().slice(0, 3))).toEqual({ active: 3 })
})

test('whoever came a moment ago is no matter of a list that lags', async () => {
  const { control } = line.highLevel
  const { id } = control.createLocation(agency.companyId, 'Just opened')
  control.installLocations(agency.companyId, [id])
  await becomes(line, agency.tenantOf(id), 'active')
  await unheard(() => control.uninstall({ locationId: id }))
  expect(await reconcile()).toMatchObject({ outcome: 'finished', absent: 0 })
  expect(await statusOf(line, agency.tenantOf(id))).toBe('active')
})

test.each([
  ['cannot be read', { status: 500 }],
  ['cannot be understood', { status: 200, body: { locations: 'none' } }],
])('a list that %s says nothing of who is absent', async (_, answer) => {
  await unheard(() => line.highLevel.control.uninstall({ locationId: locationAt(0) }))
  line.highLevel.control.failNext({ path: '/oauth/installedLocations', kind: 'answer', ...answer })
  await expect(reconcile()).rejects.toThrow()
  expect(await statusOf(line, agency.tenantOf(locationAt(0)))).toBe('active')
})

test('nor does one whose second page fails', async () => {
  const { control } = line.highLevel
  await unheard(() => control.uninstall({ locationId: locationAt(0) }))
  const full = Array.from({ length: 100 }, () => ({ _id: locationAt(1) }))
  control.failNext({ path: '/oauth/installedLocations', kind: 'answer', status: 200, body: { locations: full } })
  control.failNext({ path: '/oauth/installedLocations', kind: 'answer', status: 500 })
  await expect(reconcile()).rejects.toThrow()
  expect(await statusOf(line, agency.tenantOf(locationAt(0)))).toBe('active')
})

test('another version on the list is taken over, and noted', async () => {
  const tenant_id = agency.tenantOf(locationAt(0))
  await line.database.system.sql('installations').where({ tenant_id }).update({ version_id: 'older' })
  expect(await reconcile()).toMatchObject({ healed: 1 })
  const row = await line.database.system.sql('installations').where({ tenant_id }).first('version_id', 'status')
  expect(row).toEqual({ version_id: line.config.highLevel.appId, status: 'active' })
  const [entry] = await entriesOf(tenant_id, 'installation.reconciled')
  expect(entry?.details).toMatchObject({ wasVersion: 'older', version: line.config.highLevel.appId })
})

test('when most locations seem gone at once, nobody is uninstalled until a person says so', async () => {
  const { control } = line.highLevel
  const many = control.createLocations(agency.companyId, 6).map(({ id }) => id)
  control.installLocations(agency.companyId, many)
  await agency.allBecome(many, 'active')
  await ageByADay()
  await unheard(() => {
    for (const locationId of many) control.uninstall({ locationId })
  }, 6)
  expect(await reconcile()).toMatchObject({ outcome: 'refused', absent: 6 })
  expect(await agency.statuses(many)).toEqual({ active: 6 })
  const [refused] = await entriesOf(agency.tenantId, 'reconcile.refused')
  expect(refused?.details).toMatchObject({ absent: 6 })
  expect(line.logged.some((text) => text.includes('a person must look') && text.includes('"level":"error"'))).toBe(true)
  expect(await reconcile(true)).toMatchObject({ outcome: 'finished', absent: 6, healed: 6 })
  expect(await agency.statuses(many)).toEqual({ uninstalled: 6 })
})

test('a location whose token was refused for good is not asked for again, until the list is compared', async () => {
  const { control } = line.highLevel
  const body = { statusCode: 403, message: 'The token does not have access to this location.' }
  control.failNext({ path: '/oauth/locationToken', kind: 'answer', status: 403, body })
  const { id } = control.createLocation(agency.companyId, 'Not yet ours')
  control.installLocations(agency.companyId, [id])
  await eventually(agency.exchanges, (counts) => counts[id] === 1)
  await agency.quiet()
  const { id: other } = control.createLocation(agency.companyId, 'Another')
  control.installLocations(agency.companyId, [other])
  await becomes(line, agency.tenantOf(other), 'active')
  await agency.quiet()
  expect(agency.exchanges()).toEqual({ [id]: 1, [other]: 1 })
  await reconcile()
  await becomes(line, agency.tenantOf(id), 'active')
  expect(agency.exchanges()[id]).toBe(2)
})

test('a company that is not connected is left alone', async () => {
  const pair = line.database.system.sql('installations').where({ tenant_id: agency.tenantId })
  await pair.update({ status: 'needs_reconnect' })
  expect(await reconcile()).toMatchObject({ outcome: 'skipped' })
  expect(line.highLevel.control.requests({ path: '/oauth/installedLocations' })).toEqual([])
})

test('operators do it from the command line, by any name of the company, and hear what was healed', async () => {
  const id = await comeUnheard()
  for (const name of [agency.companyId, locationAt(1), agency.tenantId]) {
    expect(await reconciler.findCompanies(name)).toEqual([agency.tenantId])
  }
  const run = (args: string[]) =>
    promisify(execFile)(process.execPath, ['src/cli.ts', 'reconcile', ...args], {
      env: { PATH: process.env.PATH, ...line.environment },
    })
  const { stdout } = await run([])
  expect(stdout).toMatch(new RegExp(`company ${agency.tenantId}: \\d+ locations are on the list, 1 were healed`))
  await becomes(line, agency.tenantOf(id), 'active')
  const [entry] = await entriesOf(agency.tenantOf(id), 'installation.reconciled')
  expect(entry?.actor_kind).toBe('operator')
  await expect(run(['nobody'])).rejects.toMatchObject({ code: 1, stderr: 'There is no company nobody here.\n' })
})
