import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { companyTenantId, locationTenantId } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { allSettled } from '../webhooks/tenants.ts'
import { becomes } from './installed.ts'
import { missingScopesIn, without } from './scopes-of.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterAll(() => line?.close())

test('a company that lacks a scope is not asked in vain, and catches up when it has it', async () => {
  const { control } = line.highLevel
  const { appId } = line.config.highLevel
  const companyId = String(control.locations()[4]?.companyId)
  const tenant = locationTenantId(appId, String(control.locations()[4]?.id))
  control.clearRequests()
  expect(
    (await fetch(control.installCompany(companyId, { scopes: without('oauth.readonly', 'oauth.write') }))).status,
  ).toBe(200)
  await allSettled(line)
  for (const said of ['the locations of a company cannot be listed', 'locations cannot be given their tokens']) {
    await eventually(
      () => line.logged.filter((entry) => entry.includes(said)).length,
      (count) => count > 0,
    )
  }
  expect(control.requests({ path: '/oauth/installedLocations' })).toEqual([])
  expect(control.requests({ path: '/oauth/locationToken' })).toEqual([])
  expect(await missingScopesIn(line, companyTenantId(appId, companyId))).toEqual(['oauth.readonly oauth.write'])

  expect((await fetch(control.installCompany(companyId, { scopes: without('oauth.readonly') }))).status).toBe(200)
  await becomes(line, tenant, 'active')
  expect(control.requests({ path: '/oauth/installedLocations' })).toEqual([])
})

test('what a company grants later reaches the locations that have their tokens already', async () => {
  const { control } = line.highLevel
  const companyId = String(control.locations()[0]?.companyId)
  const location = control.locations().findLast((one) => one.companyId === companyId)
  const tenant = locationTenantId(line.config.highLevel.appId, String(location?.id))
  const locationIds = [String(location?.id)]
  const installCompany = async (scopes: string[]): Promise<void> => {
    expect((await fetch(control.installCompany(companyId, { scopes, locationIds }))).status).toBe(200)
  }
  await installCompany(without('contacts.readonly'))
  await eventually(
    () => missingScopesIn(line, tenant),
    (missing) => missing.at(-1) === 'contacts.readonly',
  )
  await installCompany([...SCOPES])
  await eventually(
    () => missingScopesIn(line, tenant),
    (missing) => missing.at(-1) === '',
  )
})
