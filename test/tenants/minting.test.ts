import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type Agency, agencyOf, onceEach } from './agency.ts'
import { answerTo, becomes, statusOf } from './installed.ts'

let line: Line
let agency: Agency

beforeAll(async () => {
  line = await startLine()
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  agency = agencyOf(line, line.highLevel.control.companies()[0] as Company)
})

afterAll(() => line?.close())

/** The agency has the app, and in none of its locations. */
beforeEach(async () => {
  const { control } = line.highLevel
  control.clearFaults()
  control.uninstall({ companyId: agency.companyId })
  await agency.quiet()
  await agency.install({ locationIds: [] })
  await agency.quiet()
  control.clearRequests()
})

/** So many new locations to which the agency takes the app now. */
function spread(count: number): string[] {
  const { control } = line.highLevel
  const ids = control.createLocations(agency.companyId, count).map(({ id }) => id)
  control.installLocations(agency.companyId, ids)
  return ids
}

test('a location that is not active waits, and the others do not wait for it', async () => {
  const { control } = line.highLevel
  const [closed, ...open] = control.createLocations(agency.companyId, 5).map(({ id }) => id)
  control.setLocationActive(String(closed), false)
  control.installLocations(agency.companyId, [String(closed), ...open])
  await agency.allBecome(open, 'active')
  await agency.quiet()
  expect(await statusOf(line, agency.tenantOf(String(closed)))).toBe('pending')
  expect(agency.exchanges()).toEqual(onceEach([String(closed), ...open]))
  const later = spread(1)
  await agency.allBecome(later, 'active')
  expect(agency.exchanges()[String(closed)]).toBe(1)
  // An hour later it is asked for again.
  control.setLocationActive(String(closed), true)
  const waiting = line.database.system.sql('installations').where({ tenant_id: agency.tenantOf(String(closed)) })
  const [row] = await waiting.clone().select('mint_after')
  expect(row.mint_after.getTime() - Date.now()).toBeGreaterThan(50 * 60_000)
  await waiting.update({ mint_after: new Date() })
  await agency.allBecome([...spread(1), String(closed)], 'active')
})

test('trouble that heals keeps nobody else waiting, and is tried again', async () => {
  line.highLevel.control.failNext({ path: '/oauth/locationToken', kind: 'answer', status: 503, times: 2 })
  const ids = spread(12)
  await agency.allBecome(ids, 'active', 20_000)
  expect(Object.values(agency.exchanges()).reduce((sum, count) => sum + count)).toBe(14)
})

test('while the platform is down, one job keeps trying for all that are told of', async () => {
  const { control } = line.highLevel
  control.failNext({ path: '/oauth/locationToken', kind: 'answer', status: 503, times: 1000 })
  const ids = [...spread(30), ...spread(30)]
  await eventually(
    () => agency.statuses(ids),
    (seen) => seen.pending === 60,
  )
  await agency.quiet()
  const { rows } = await line.database.system.sql.raw(
    `select count(*)::int as count from pgboss.job where name = 'mint-location-tokens' and state in ('created', 'retry', 'active')`,
  )
  expect(rows[0].count).toBeLessThanOrEqual(2)
  control.clearFaults()
  await agency.allBecome(ids, 'active', 30_000)
})

test('when the platform refuses the company, its locations wait until it has come back', async () => {
  const { control } = line.highLevel
  control.revokeTokens({ companyId: agency.companyId })
  const ids = spread(20)
  await becomes(line, agency.tenantId, 'needs_reconnect')
  await agency.quiet()
  expect(await agency.statuses(ids)).toEqual({ pending: 20 })
  // They went together, before anyone could know; none of them is asked for again.
  expect(Math.max(...ids.map((id) => agency.exchanges()[id] ?? 0))).toBe(1)
  await agency.install({ locationIds: ids })
  await agency.allBecome(ids, 'active')
})

test('a location whose tokens were lost gets new ones from its company', async () => {
  const [id = ''] = spread(1)
  await becomes(line, agency.tenantOf(id), 'active')
  const { accessTokens } = line.worker
  const lost = await accessTokens.getAccessToken(agency.tenantOf(id))
  line.highLevel.control.dropLocationTokens(id)
  expect(await answerTo(line, lost, id)).toBe(401)
  const fresh = await accessTokens.getAccessToken(agency.tenantOf(id), lost)
  expect(await answerTo(line, fresh, id)).toBe(200)
  expect(await statusOf(line, agency.tenantOf(id))).toBe('active')
})

test('tokens for another location are not taken', async () => {
  const [victim = ''] = spread(1)
  await becomes(line, agency.tenantOf(victim), 'active')
  const body = { access_token: 'of-another', refresh_token: 'of-another', expires_in: 86_400, locationId: victim }
  line.highLevel.control.failNext({ path: '/oauth/locationToken', kind: 'answer', status: 200, body })
  const [id = ''] = spread(1)
  await eventually(agency.exchanges, (counts) => counts[id] === 1)
  await agency.quiet()
  expect(await statusOf(line, agency.tenantOf(id))).toBe('pending')
  const row = line.database.system.sql('installation_tokens').where({ tenant_id: agency.tenantOf(id) })
  expect(await row).toEqual([])
})
