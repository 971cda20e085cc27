import { afterAll, beforeAll, expect, test } from 'vitest'
import { listConnections } from '../../src/connections/connection-store.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'

let line: Line
let accounts: Account[]

beforeAll(async () => {
  line = await startLine()
  accounts = []
  for (const position of [0, 1, 2, 3, 4]) accounts.push(await openAccount(line, position))
})

afterAll(() => line?.close())

const accountAt = (position: number): Account => accounts[position] ?? expect.unreachable()
const connectionOf = async ({ tenantId }: Account) => (await line.database.asTenant(tenantId, listConnections))[0]
const linksOf = ({ tenantId }: Account) =>
  line.database.asTenant(tenantId, async (db) => db.sql('links').where({ tenant_id: tenantId }))
const calls = ({ token }: Account) =>
  line.activeTrail.control
    .requests()
    .filter(({ headers, path }) => headers.authorization === token && !path.startsWith('/api/webhooks'))
const renew = ({ owner, connectionId, token }: Account) =>
  owner.send('PUT', `/settings/connections/${connectionId}/credentials`, { credentials: { token } })
const disconnect = ({ owner, connectionId }: Account) => owner.send('DELETE', `/settings/connections/${connectionId}`)

test('a token that was revoked stops the connection, and a new one takes up all that waited, in order', async () => {
  const account = accountAt(0)
  const { control } = line.highLevel
  const first = await account.create({ email: 'first@example.com' })
  line.activeTrail.control.setAccess('revoked', account.token)
  await account.edit(first, { city: 'Lod' })
  expect(await connectionOf(account)).toMatchObject({
    status: 'credentials_refused',
    trouble: expect.stringMatching(/refuses the access token/),
  })

  const asked = calls(account).length
  for (const city of ['Arad', 'Eilat', 'Haifa']) control.updateContact(first, { city })
  for (let number = 0; number < 10; number += 1)
    await control.createContact(account.locationId, { email: `waits${number}@example.com` })
  await account.settled()
  expect(calls(account)).toHaveLength(asked)
  expect((await account.deliveries()).filter(({ state }) => state === 'parked')).toHaveLength(14)
  expect((await account.runs(first)).filter(({ outcome }) => outcome === 'retrying')).toHaveLength(4)
  expect(await (await account.owner.get('/settings/home')).text()).toBeTruthy()

  expect((await renew(account)).status).toBe(422)
  line.activeTrail.control.setAccess('open', account.token)
  expect((await renew(account)).status).toBe(204)
  await eventually(
    () => account.deliveries(),
    (all) => all.every(({ state }) => state === 'done' || state === 'ignored'),
    20_000,
  )
  expect(await connectionOf(account)).toMatchObject({ status: 'active', trouble: null })
  expect(account.only({ email: 'first@example.com' })).toMatchObject({ city: 'Haifa' })
  for (let number = 0; number < 10; number += 1) account.only({ email: `waits${number}@example.com` })
  const ends = (await account.runs(first))
    .sort((one, other) => (one.deliveryId < other.deliveryId ? -1 : 1))
    .map(({ finishedAt }) => finishedAt?.getTime())
  expect(ends).toEqual(ends.toSorted((one, other) => Number(one) - Number(other)))
})

test('new credentials while the old ones are being refused: nothing is left waiting', async () => {
  const account = accountAt(1)
  line.activeTrail.control.setAccess('revoked', account.token)
  line.activeTrail.control.fail({ delayMs: 1200, method: 'GET', path: '/contacts', status: 403 })
  line.highLevel.control.createContact(account.locationId, { email: 'meanwhile@example.com' })
  await eventually(() => calls(account).filter(({ path }) => path.endsWith('/contacts')).length, Boolean)
  line.activeTrail.control.setAccess('open', account.token)
  expect((await renew(account)).status).toBe(204)
  await account.settled()
  expect(account.only({ email: 'meanwhile@example.com' })).toBeDefined()
  expect(await connectionOf(account)).toMatchObject({ status: 'active' })
  expect((await account.deliveries()).filter(({ state }) => state === 'parked')).toEqual([])
})

test('disconnecting in the middle of a step leaves no link and nothing more is written', async () => {
  const account = accountAt(2)
  line.activeTrail.control.fail({ delayMs: 800, afterEffect: true, method: 'POST', path: '/contacts' })
  const { id } = line.highLevel.control.createContact(account.locationId, {
    email: 'middle@example.com',
    tags: ['never'],
  })
  await eventually(() => calls(account).filter(({ method }) => method === 'POST').length, Boolean)
  expect((await disconnect(account)).status).toBe(204)
  await account.settled()
  expect(await linksOf(account)).toEqual([])
  expect(account.groups('never')).toEqual([])
  expect(await account.runs(id)).toMatchObject([
    { outcome: 'skipped', reason: 'The connection was removed meanwhile.', steps: [{ outcome: 'succeeded' }] },
  ])

  const again = await account.owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token: account.token },
  })
  expect(again.status).toBe(201)
  await account.edit(id, { city: 'Lod' })
  expect(account.only({ email: 'middle@example.com' })).toMatchObject({ city: 'Lod', groups: ['never'] })
})

test('uninstalling in the middle of a step leaves no link and nothing more is written', async () => {
  const account = accountAt(3)
  line.activeTrail.control.fail({ delayMs: 800, afterEffect: true, method: 'POST', path: '/contacts' })
  line.highLevel.control.createContact(account.locationId, { email: 'leaving@example.com', tags: ['never'] })
  await eventually(() => calls(account).filter(({ method }) => method === 'POST').length, Boolean)
  line.highLevel.control.uninstall({ locationId: account.locationId })
  await account.settled()
  expect(await linksOf(account)).toEqual([])
  expect(account.groups('never')).toEqual([])
})

test('what waits for a connection ends when that is removed', async () => {
  const account = accountAt(4)
  line.activeTrail.control.setAccess('ip_restricted', account.token)
  const id = await account.create({ email: 'waiting@example.com' })
  expect((await account.deliveries()).filter(({ state }) => state === 'parked')).toHaveLength(1)
  expect((await disconnect(account)).status).toBe(204)
  await eventually(
    () => account.deliveries(),
    (all) => all.every(({ state }) => state !== 'parked' && state !== 'received'),
  )
  expect(await account.runs(id)).toMatchObject([{ outcome: 'skipped', reason: 'The flow was switched off.' }])
})
