import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { accountOf, actionsOf, answerTo, becomes, expire, type Installed, installed, statusOf } from './installed.ts'

const PAST_THE_GRACE_MS = 31_000

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterAll(() => line?.close())

/** The tokens as they were before some refreshes: what a restored database knows. */
async function restoreYesterday(account: Installed): Promise<void> {
  const tokens = () => line.database.system.sql('installation_tokens').where({ tenant_id: account.tenantId })
  const backup = await tokens().first()
  for (let day = 0; day < 2; day++) {
    await expire(line, account)
    await line.worker.accessTokens.getAccessToken(account.tenantId)
  }
  line.highLevel.control.advance(PAST_THE_GRACE_MS)
  await tokens().update({ pair: backup.pair, generation: backup.generation })
  await expire(line, account)
}

test('after a restore, a location that was installed for itself is asked to install again, and goes on then', async () => {
  const account = await installed(line, 0)
  await restoreYesterday(account)
  await expect(line.worker.accessTokens.getAccessToken(account.tenantId)).rejects.toMatchObject({
    code: 'needs_reconnect',
  })
  expect(await statusOf(line, account.tenantId)).toBe('needs_reconnect')
  expect((await install(line, account.locationId)).status).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
  const token = await line.worker.accessTokens.getAccessToken(account.tenantId)
  expect(await answerTo(line, token, account.locationId)).toBe(200)
  expect(await actionsOf(line, account.tenantId)).toContain('installation.reinstalled')
})

test('after a restore, a location of a company gets a new token from its company by itself', async () => {
  const { control } = line.highLevel
  const index = control.locations().findIndex(({ companyId }) => companyId === control.companies()[1]?.id)
  const account = accountOf(line, index)
  await fetch(control.installCompany(account.companyId, { locationIds: [account.locationId] }))
  await becomes(line, account.tenantId, 'active')
  await restoreYesterday(account)
  const token = await eventually(
    () => line.worker.accessTokens.getAccessToken(account.tenantId),
    (one) => one !== '',
  )
  expect(await answerTo(line, token, account.locationId)).toBe(200)
  expect(await statusOf(line, account.tenantId)).toBe('active')
})
