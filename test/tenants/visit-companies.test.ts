import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { visitCompanies } from '../../src/tenants/visit-companies.ts'
import { type Line, startLine } from '../support/line.ts'
import { type Agency, agencyOf } from './agency.ts'

let line: Line
let agencies: Agency[]

beforeAll(async () => {
  line = await startLine()
  agencies = line.highLevel.control.companies().map((company: Company) => agencyOf(line, company))
  for (const agency of agencies) {
    await agency.install()
    await agency.allBecome(agency.locationIds(), 'active')
    await agency.quiet()
  }
})

afterAll(() => line?.close())

type Visit = { name: string; tenantId: string; inSeconds: number }

/** What the schedule asks for at this moment. */
async function visitsAt(now: number): Promise<Visit[]> {
  const visits: Visit[] = []
  await visitCompanies({
    database: line.database,
    appId: line.config.highLevel.appId,
    now: () => now,
    enqueue: async (_db, name, payload, settings) =>
      void visits.push({
        name,
        tenantId: 'tenantId' in payload ? payload.tenantId : '',
        inSeconds: (settings?.afterMs ?? 0) / 1000,
      }),
  })
  return visits
}

const reconciledAt = (at: Date | null): Promise<unknown> =>
  line.database.system
    .sql('installations')
    .whereIn(
      'tenant_id',
      agencies.map(({ tenantId }) => tenantId),
    )
    .update({ reconciled_at: at })

test('companies are compared once a day, each at a moment of its own', async () => {
  const now = Date.now()
  await reconciledAt(null)
  const first = await visitsAt(now)
  expect(first.map(({ tenantId }) => tenantId).sort()).toEqual(agencies.map(({ tenantId }) => tenantId).sort())
  expect(new Set(first.map(({ inSeconds }) => inSeconds)).size).toBe(agencies.length)
  for (const { name, inSeconds } of first) {
    expect(name).toBe('reconcile-company')
    expect(inSeconds).toBeGreaterThanOrEqual(0)
    expect(inSeconds).toBeLessThan(3600)
  }
  await reconciledAt(new Date(now - 23 * 3_600_000))
  expect(await visitsAt(now)).toEqual([])
  await reconciledAt(new Date(now - 25 * 3_600_000))
  expect(await visitsAt(now)).toEqual(first)
})

test('a location that has waited long enough for its tokens is asked for again', async () => {
  const [agency] = agencies as [Agency]
  await reconciledAt(new Date())
  const tenant_id = agency.tenantOf(String(agency.locationIds()[0]))
  const location = line.database.system.sql('installations').where({ tenant_id })
  const waits = (mintAfter: unknown) => location.clone().update({ status: 'pending', mint_after: mintAfter })
  for (const mintAfter of [new Date(Date.now() + 60_000), line.database.system.sql.raw("'infinity'")]) {
    await waits(mintAfter)
    expect(await visitsAt(Date.now())).toEqual([])
  }
  await waits(new Date(Date.now() - 1000))
  expect(await visitsAt(Date.now())).toEqual([
    { name: 'mint-location-tokens', tenantId: agency.tenantId, inSeconds: 0 },
  ])
  await location.clone().update({ status: 'active', mint_after: null })
})
