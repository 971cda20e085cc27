import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'
import { accountOf, becomes, statusOf } from '../tenants/installed.ts'

let line: Line

const SLOW_MS = 1400

beforeAll(async () => {
  line = await startLine()
  line.highLevel.control.setRateLimit({ burst: 100_000 })
})

afterAll(() => line?.close())

const calls = ({ token }: Account) =>
  line.activeTrail.control
    .requests()
    .filter(({ headers, path }) => headers.authorization === token && !path.startsWith('/api/webhooks'))

/** What arrives at the partner and may change something there. */
const writes = (account: Account) => calls(account).filter(({ method }) => method !== 'GET')

/** What was found out before a write, and is not answered yet. */
const lookups = (account: Account) => calls(account).filter(({ method, status }) => method === 'GET' && status === null)

/**
 * People go on changing contacts until they are told to stop: as many as keep three of the worker's four lanes busy. The
 * addresses, in the order in which they were told.
 */
function keepChanging(account: Account, name: string): () => string[] {
  const emails: string[] = []
  const timer = setInterval(() => {
    const email = `${name}-${emails.length}@example.com`
    emails.push(email)
    line.highLevel.control.createContact(account.locationId, { email, tags: [`tag ${emails.length % 7}`] })
  }, 500)
  return () => {
    clearInterval(timer)
    return emails
  }
}

/** Seen within a few milliseconds of the commit; what was on the wire then has arrived. */
async function uninstalled(account: Account): Promise<void> {
  while ((await statusOf(line, account.tenantId)) !== 'uninstalled') await sleep(2)
  await sleep(250)
}

const renew = ({ owner, connectionId, token }: Account): Promise<Response> =>
  owner.send('PUT', `/settings/connections/${connectionId}/credentials`, { credentials: { token } })

async function comeBack(account: Account, position: number): Promise<Account> {
  expect((await install(line, account.locationId)).status).toBe(200)
  return { ...account, owner: await openPage(line, accountOf(line, position).adminId, account.locationId) }
}

test.each([
  ['by webhook', 0, async ({ locationId }: Account) => line.highLevel.control.uninstall({ locationId })],
  [
    'from the page',
    1,
    async ({ owner }: Account) => expect((await owner.send('POST', '/settings/uninstall', {})).status).toBe(200),
  ],
])('uninstalled %s in a stream of changes, nothing is written any more, also not after coming back', async (...row) => {
  const [name, position, leave] = row
  const account = await openAccount(line, position)
  line.activeTrail.control.fail({ method: 'GET', delayMs: SLOW_MS, times: 1000 })
  const stop = keepChanging(account, name.replaceAll(' ', '-'))
  await eventually(
    () => writes(account).length,
    (count) => count > 1,
  )
  await leave(account)
  await uninstalled(account)
  const written = writes(account).length
  expect(lookups(account).length).toBeGreaterThan(0)
  await sleep(SLOW_MS + 200) // every run that was under way would have written by now
  const told = stop()
  await account.settled()
  expect(writes(account)).toHaveLength(written)
  expect(told.filter((email) => account.there({ email }).length === 0).length).toBeGreaterThan(2)
  line.activeTrail.control.clearFaults()

  const back = await comeBack(account, position)
  expect((await renew(back)).status).toBe(204)
  await account.settled()
  expect(writes(account)).toHaveLength(written)
  const runs = await account.runs()
  expect(runs.filter(({ finishedAt }) => finishedAt === null)).toEqual([])
  const states = new Set((await account.deliveries()).map(({ state }) => state))
  expect([...states].filter((state) => !['done', 'ignored'].includes(state))).toEqual([])

  await account.create({ email: `after-${position}@example.com` })
  expect(account.only({ email: `after-${position}@example.com` })).toBeDefined()
})

test('what waited for a key when the app was uninstalled ends there, and the page says so', async () => {
  const account = await openAccount(line, 2)
  line.activeTrail.control.setAccess('revoked', account.token)
  const contact = await account.create({ email: 'waiting@example.com' })
  expect((await account.deliveries()).filter(({ state }) => state === 'parked')).toHaveLength(1)
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  expect((await account.deliveries()).filter(({ reason }) => reason === 'uninstalled')).toHaveLength(1)
  expect(await account.runs(contact)).toMatchObject([
    { outcome: 'skipped', reason: 'The app was uninstalled before it was done.' },
  ])
  line.activeTrail.control.setAccess('open', account.token)
  const back = await comeBack(account, 2)
  expect((await renew(back)).status).toBe(204)
  await account.settled()
  expect(account.there({ email: 'waiting@example.com' })).toEqual([])
})

test('a change told before the departure is ignored, when it is taken up after the return as well', async () => {
  const account = await openAccount(line, 3)
  const sentAt = new Date().toISOString()
  line.highLevel.control.dropNextWebhooks(1)
  const { id } = line.highLevel.control.createContact(account.locationId, { email: 'late@example.com' })
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await becomes(line, account.tenantId, 'uninstalled')
  const back = await comeBack(account, 3)
  expect((await renew(back)).status).toBe(204)
  const event = { type: 'ContactCreate', locationId: account.locationId, appId: line.config.highLevel.appId, id }
  line.highLevel.control.sendWebhook({ ...event, timestamp: sentAt, webhookId: crypto.randomUUID() })
  await account.settled()
  expect((await account.deliveries()).at(-1)).toMatchObject({ state: 'ignored', reason: 'uninstalled' })
  expect(account.there({ email: 'late@example.com' })).toEqual([])
})
