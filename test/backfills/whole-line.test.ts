import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BackfillView } from '../../src/settings/backfill-view.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

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

async function importAll(account: Account, flowId: string): Promise<{ id: string; over: Shown; tested: unknown[] }> {
  const { owner } = account
  const asked = await owner.send('POST', '/settings/backfills', { flowId })
  expect(asked.status).toBe(201)
  const { id } = (await asked.json()) as { id: string }
  await becomes(account, id, 'planned')
  expect((await owner.send('POST', `/settings/backfills/${id}/test`)).status).toBe(204)
  await becomes(account, id, 'tested')
  const tested = await records(account, id, 'test')
  expect((await owner.send('POST', `/settings/backfills/${id}/run`)).status).toBe(409)
  expect((await owner.send('POST', `/settings/backfills/${id}/run`, { confirmed: true })).status).toBe(204)
  return { id, over: await becomes(account, id, 'done'), tested }
}

test('contacts of the platform are brought over once, and live changes go on meanwhile', async () => {
  const account = await openAccount(line, 0)
  const { control } = line.highLevel
  for (let number = 0; number < 25; number++) {
    control.dropNextWebhooks(1)
    control.createContact(account.locationId, { email: `over.${number}@example.com`, firstName: `Over ${number}` })
  }
  const all = control.contacts(account.locationId).length
  const flowId = await flowOf(account)
  const { id, over, tested } = await importAll(account, flowId)
  expect(tested).toHaveLength(10)
  expect(over.progress).toMatchObject({ done: all, total: all, share: 1 })
  expect(over.counts.failed + over.counts.conflict).toBe(0)
  for (let number = 0; number < 25; number++) {
    expect(account.there({ email: `over.${number}@example.com` })).toHaveLength(1)
  }
  expect(over.plan.brake).toContain('Confirm')

  const writes = line.activeTrail.control.requests().filter(({ method }) => method !== 'GET').length
  const again = await importAll(account, flowId).catch((error) => error)
  expect(again).toBeInstanceOf(Error) // nothing would change, so there is nothing to confirm
  expect(line.activeTrail.control.requests().filter(({ method }) => method !== 'GET').length).toBe(writes)
  expect((await look(account, id)).status).toBe('done')
})
