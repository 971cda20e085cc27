import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { actionsOf, answerTo, expire, generationOf, type Installed, installed, refreshesAt } from './installed.ts'
import { lockTokens } from './row-lock.ts'

/** The schedule of the line's own worker rests: each test says when it goes. */
let line: Line
const accounts: Installed[] = []
let bad: Installed

beforeAll(async () => {
  line = await startLine({ work: false })
  for (const index of [0, 1, 2, 3]) accounts.push(await installed(line, index))
  bad = await installed(line, 4)
})
afterEach(() => line.highLevel.control.clearFaults())
afterAll(() => line?.close())

const tokens = () => line.worker.accessTokens
const table = () => line.database.system.sql('installation_tokens')

async function fallDue(...due: Installed[]): Promise<number[]> {
  for (const account of due) await expire(line, account)
  await table()
    .whereIn(
      'tenant_id',
      due.map(({ tenantId }) => tenantId),
    )
    .update({ renew_at: new Date() })
  await line.database.system.sql('leases').where({ name: 'refresh tokens' }).update({ expires_at: '-infinity' })
  line.highLevel.control.clearRequests()
  return generations(due)
}

const generations = (of: Installed[]): Promise<number[]> =>
  Promise.all(of.map(async ({ tenantId }) => Number(await generationOf(line, tenantId))))

const untilTried = async ({ tenantId }: Installed): Promise<number> => {
  const row = await table().where({ tenant_id: tenantId }).first('renew_at')
  return row.renew_at instanceof Date ? row.renew_at.getTime() - Date.now() : row.renew_at
}

test('whatever has ended is renewed at once, each on record in its own unbroken chain', async () => {
  const before = await fallDue(...accounts)
  await tokens().renewUrgent()
  expect(await generations(accounts)).toEqual(before.map((generation) => generation + 1))
  expect(refreshesAt(line)).toHaveLength(accounts.length)
  for (const account of accounts) {
    expect((await actionsOf(line, account.tenantId)).at(-1)).toBe('tokens.refreshed')
    expect(await untilTried(account)).toBeGreaterThan(7 * 3_600_000)
    expect(await answerTo(line, await tokens().getAccessToken(account.tenantId), account.locationId)).toBe(200)
  }
  const { faults } = await verifyAudit(line.database.system)
  expect(faults.filter(({ tenantId }) => tenantId !== bad.tenantId)).toEqual([])
  expect(
    await line.database.system
      .sql('leases')
      .whereNot({ tenant_id: bad.tenantId })
      .whereRaw("expires_at > '-infinity'")
      .where({ name: 'refresh tokens' }),
  ).toEqual([])
})

test('a tenant that somebody has locked keeps nobody else waiting, and is renewed when it is free', async () => {
  const [slow, ...others] = accounts as [Installed, ...Installed[]]
  const [before, ...othersBefore] = await fallDue(slow, ...others)
  const lock = await lockTokens(line.databaseUrl, slow.tenantId)
  const round = tokens().renewUrgent()
  await lock.isWaitedFor()
  await eventually(
    () => generations(others),
    (seen) => seen.every((generation, index) => generation === Number(othersBefore[index]) + 1),
  )
  await lock.release()
  await round
  expect(await generationOf(line, slow.tenantId)).toBe(Number(before) + 1)
})

test('a tenant that cannot be stored fails alone', async () => {
  const [before, ...othersBefore] = await fallDue(bad, ...accounts)
  const heads = line.database.system.sql('audit_heads').where({ tenant_id: bad.tenantId })
  await heads
    .clone()
    .update({ hash: null })
    .catch(() => {})
  const { seq } = await heads.clone().first('seq')
  // The next entry of its chain is there already: its audit entry is refused, and with it its pair.
  await line.database.system.sql.raw(
    `insert into audit_entries select tenant_id, ${Number(seq) + 1}, at, actor_kind, actor_id, action, target, fields,
       details, origin, canonical, previous_hash, hash from audit_entries where tenant_id = ? and seq = ?`,
    [bad.tenantId, seq],
  )
  await tokens().renewUrgent()
  expect(await generations(accounts)).toEqual(othersBefore.map((generation) => generation + 1))
  expect(await generationOf(line, bad.tenantId)).toBe(before)
})

test('two workers share what is due, and nothing is renewed twice', async () => {
  const before = await fallDue(...accounts)
  await Promise.all([tokens().renewUrgent(), tokens().renewUrgent(), tokens().renewShare()])
  expect(await generations(accounts)).toEqual(before.map((generation) => generation + 1))
  expect(refreshesAt(line)).toHaveLength(accounts.length)
})

test('what has time is renewed in shares, by one process in a minute', async () => {
  await line.database.system.sql('leases').where({ name: 'share of this minute' }).delete()
  const before = await generations(accounts)
  const inADay = new Date(Date.now() + 86_400_000) // none is urgent, whatever became of it before
  const due = { renew_at: new Date(), expires_at: inADay, asks_after: null }
  await table().whereNot({ tenant_id: bad.tenantId }).update(due)
  await Promise.all([tokens().renewShare(), tokens().renewShare(), tokens().renewUrgent()])
  const renewed = (await generations(accounts)).filter((generation, index) => generation !== before[index])
  expect(renewed).toHaveLength(1)
  await table().update({ renew_at: new Date(Date.now() + 3_600_000) })
})

test('a refused token is left alone for half an hour or more, whoever needs it', async () => {
  const [account] = accounts as [Installed]
  await fallDue(account)
  line.highLevel.control.failNext({
    path: '/oauth/token',
    kind: 'answer',
    status: 400,
    body: { message: 'No.' },
    times: 9,
  })
  for (let times = 0; times < 3; times++) {
    await tokens().renewUrgent()
    await expect(tokens().getAccessToken(account.tenantId)).rejects.toMatchObject({ heals: true })
  }
  expect(refreshesAt(line)).toHaveLength(1)
  expect(await untilTried(account)).toBeGreaterThan(29 * 60_000)
  await table().where({ tenant_id: account.tenantId }).update({ asks_after: null })
})

test('while the endpoint is in trouble it is left alone, and a token is used to its end', async () => {
  const [account, ...others] = accounts as [Installed, ...Installed[]]
  await fallDue(account, ...others)
  await table()
    .where({ tenant_id: account.tenantId })
    .update({ expires_at: new Date(Date.now() + 50_000) })
  line.highLevel.control.failNext({ path: '/oauth/token', kind: 'answer', status: 503, times: 500 })
  for (let times = 0; times < 20; times++) {
    expect(await tokens().getAccessToken(account.tenantId)).toBeTruthy()
    await tokens().renewUrgent()
  }
  expect(refreshesAt(line).length).toBeLessThan(20)
  line.highLevel.control.clearFaults()
  await eventually(
    async () => {
      const before = await fallDue(...accounts)
      await tokens().renewUrgent()
      return (await generations(accounts)).filter((generation, index) => generation === before[index])
    },
    (left) => left.length === 0,
  )
})
