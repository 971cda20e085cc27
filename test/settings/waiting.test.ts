import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeDeliveries } from '../deliveries/stored.ts'
import { type Line, startLine } from '../support/line.ts'
import { type Owner, openPage } from '../support/people.ts'
import { installed } from '../tenants/installed.ts'

let line: Line
let tenantId: string
let owner: Owner

beforeAll(async () => {
  line = await startLine({ work: false })
  const { locationId, ...here } = await installed(line, 0)
  tenantId = here.tenantId
  const admin = line.highLevel.control.users(locationId).find(({ type, role }) => type !== 'agency' && role === 'admin')
  owner = await openPage(line, String(admin?.id), locationId)
})
afterAll(() => line?.close())

const LONG_AGO = new Date('2026-11-20T08:00:00Z')

/** What the page says of what waits, a line for each reason. */
async function notice(): Promise<string[]> {
  const html = await (await owner.get('/settings/home')).text()
  const part = /<div id="waiting"[^>]*>([\s\S]*?)<\/div>/.exec(html)?.[1] ?? ''
  return [...part.matchAll(/<p>(.*)<\/p>/g)].map(([, line]) => String(line).replace(/<[^>]*>/g, ''))
}

test('owners read how many changes wait, since when, why, and what to do', async () => {
  const { tenantId: elsewhere } = await installed(line, 1)
  const waits = (reason: string) => ({ state: 'parked' as const, reason, receivedAt: LONG_AGO })
  await storeDeliveries(line, elsewhere, [waits('paused')])
  await storeDeliveries(line, tenantId, [
    { state: 'received', reason: null },
    { state: 'dead' },
    { state: 'done', reason: null },
  ])
  expect(await notice()).toEqual([])

  await storeDeliveries(line, tenantId, [
    ...Array(1500).fill(waits('credentials_refused')),
    ...Array(3).fill(waits('scopes_missing')),
    ...Array(2).fill({ state: 'received', reason: null, receivedAt: LONG_AGO }),
    waits('<img src=x>'),
  ])
  await line.database.system
    .sql('deliveries')
    .where({ tenant_id: tenantId, state: 'received', received_at: LONG_AGO })
    .update({ attempts: 4, troubles: 3 })
  const since = 'since 2026-11-20T08:00:00.000Z.'
  expect(await notice()).toEqual([
    `At least 1,000 changes wait, ${since} The other system does not accept its key any more. Enter a key that works under Connections. They are then done by themselves.`,
    `2 changes wait, ${since} Your account or the other system could not be reached, or asked us to slow down. Nothing has to be done: they are tried again by themselves.`,
  ])
  await line.database.system.sql('deliveries').where({ reason: 'credentials_refused' }).update({ state: 'done' })
  expect(await notice()).toEqual([
    `3 changes wait, ${since} Your account does not allow something that they need. An administrator of the account has to install the app again and allow all that it asks for. They are then done by themselves.`,
    expect.stringMatching(/^2 changes wait/),
    `1 change waits, ${since} Something has to be mended first. If this stays, ask whoever runs Causeway for you.`,
  ])
})
