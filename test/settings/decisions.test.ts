import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { keepBothWays, quiet } from '../support/two-way.ts'

let line: Line
let account: Account
let stranger: Account

beforeAll(async () => {
  line = await startLine({ hooks: true })
  account = await openAccount(line, 0)
  stranger = await openAccount(line, 3)
  await keepBothWays(line, account, {
    policies: { city: 'ask', firstName: 'ask' },
    onDelete: { highlevel: { kind: 'archive' } },
  })
})

afterAll(() => line?.close())

type Asked = {
  id: string
  highLevelId: string | null
  partnerId: string | null
  kind: string
  field: string
  question: string
  details: Record<string, unknown>
}

const settled = () => quiet(line, account.tenantId)
const asked = async (who = account): Promise<Asked[]> =>
  ((await (await who.owner.get('/settings/conflicts')).json()) as { conflicts: Asked[] }).conflicts
const decide = (conflictIds: string[], decision: object, who = account) =>
  who.owner.send('POST', '/settings/conflicts/decisions', { conflictIds, decision })
const history = async (highLevelId: string, who = account) => {
  const query = new URLSearchParams({ connectionId: account.connectionId, object: 'contact', highLevelId })
  const answer = await who.owner.get(`/settings/history?${query}`)
  return (
    (await answer.json()) as { writes: { id: string; side: string; changes: { field: string; sentence: string }[] }[] }
  ).writes
}
const undo = (id: string, who = account) => who.owner.send('POST', `/settings/history/${id}/undo`, {})

/** A pair, both sides of which changed the same fields before either was told. */
async function disputed(email: string): Promise<{ id: string; there: number }> {
  const id = await account.create({ email, firstName: 'Noa', city: 'Haifa' })
  await settled()
  const { id: there } = account.only({ email })
  line.highLevel.control.holdWebhooks()
  line.activeTrail.control.holdHooks()
  line.highLevel.control.updateContact(id, { firstName: 'Noa H', city: 'Haifa H' })
  line.activeTrail.control.editContact(there, { first_name: 'Noa P', city: 'Haifa P' })
  line.highLevel.control.releaseWebhooks()
  line.activeTrail.control.releaseHooks('in order')
  await settled()
  return { id, there }
}

const askedOf = async (id: string): Promise<Asked[]> => (await asked()).filter(({ highLevelId }) => highLevelId === id)

test('what both sides changed waits for the owner, who settles each field, and both sides agree', async () => {
  const { id } = await disputed('asked@example.com')
  const questions = await askedOf(id)
  expect(questions.map(({ kind, field }) => [kind, field]).sort()).toEqual([
    ['field', 'city'],
    ['field', 'first_name'],
  ])
  const city = questions.find(({ field }) => field === 'city')
  expect(city?.details).toMatchObject({ highLevelValue: 'Haifa H', partnerValue: 'Haifa P' })
  const name = questions.find(({ field }) => field === 'first_name')
  expect((await decide([String(city?.id)], { kind: 'partner' })).status).toBe(204)
  expect((await decide([String(name?.id)], { kind: 'highlevel' })).status).toBe(204)
  await eventually(
    () => line.highLevel.control.contact(id)?.city,
    (seen) => seen === 'Haifa P',
  )
  await eventually(
    () => account.only({ email: 'asked@example.com' }).first_name,
    (seen) => seen === 'Noa H',
  )
  await settled()
  expect(line.highLevel.control.contact(id)).toMatchObject({ firstName: 'Noa H', city: 'Haifa P' })
  expect(account.only({ email: 'asked@example.com' })).toMatchObject({ first_name: 'Noa H', city: 'Haifa P' })
  expect(await askedOf(id)).toEqual([])
  expect((await decide([String(city?.id)], { kind: 'partner' })).status).toBe(409)
})

test('a question that both sides answered themselves is not asked any more', async () => {
  const { id, there } = await disputed('answered@example.com')
  expect(await askedOf(id)).toHaveLength(2)
  line.highLevel.control.updateContact(id, { firstName: 'Noa P', city: 'Haifa P' })
  await settled()
  expect(await askedOf(id)).toEqual([])
  expect(line.activeTrail.control.contacts(account.token).find((one) => one.id === there)).toMatchObject({
    city: 'Haifa P',
  })
})

test('every value says why it is there, and a change is taken back where it still stands', async () => {
  const email = 'undone@example.com'
  const id = await account.create({ email, firstName: 'Ada', lastName: 'Lovelace' })
  await settled()
  await account.edit(id, { firstName: 'Augusta', lastName: 'King' })
  await settled()
  const [change] = await history(id)
  expect(change).toMatchObject({ side: 'partner' })
  expect(change?.changes.map(({ field, sentence }) => [field, sentence])).toEqual([
    ['first_name', 'It was changed in your account.'],
    ['last_name', 'It was changed in your account.'],
  ])
  line.activeTrail.control.editContact(account.only({ email }).id, { last_name: 'Byron' })
  await settled()
  const answer = await undo(String(change?.id))
  expect(await answer.json()).toEqual({ undone: ['first_name'], left: ['last_name'] })
  await settled()
  expect(account.only({ email })).toMatchObject({ first_name: 'Ada', last_name: 'Byron' })
  // What was taken back there is a change there, and goes the other way.
  await eventually(
    () => line.highLevel.control.contact(id)?.firstName,
    (seen) => seen === 'Ada',
  )
  expect((await undo(String(change?.id))).status).toBe(404)
})

test('one of several that could be meant is named by the owner, and nothing is made before', async () => {
  line.highLevel.control.setAllowDuplicates(account.locationId, true)
  const phone = '+972541112223'
  const twins = ['one', 'two'].map((name) =>
    line.highLevel.control.createContact(account.locationId, { firstName: name, phone }),
  )
  await settled()
  // One of them went to ActiveTrail before, and is somebody else's counterpart.
  const linked = await line.database.system.sql('links').where({ tenant_id: account.tenantId }).pluck('highlevel_id')
  const other = twins.find(({ id }) => !linked.includes(id))
  const before = line.highLevel.control.contacts(account.locationId).length
  const { id: there } = line.activeTrail.control.createContact({ sms: '0541112223', last_name: 'Twin' }, account.token)
  await settled()
  const [question] = (await asked()).filter(({ kind, partnerId }) => kind === 'match' && partnerId === String(there))
  expect(question?.question).toMatch(/Which one is it/)
  expect((await decide([String(question?.id)], { kind: 'record', id: 'somebody' })).status).toBe(400)
  expect((await decide([String(question?.id)], { kind: 'record', id: String(other?.id) })).status).toBe(204)
  await eventually(
    () => line.highLevel.control.contact(String(other?.id))?.lastName,
    (seen) => seen === 'Twin',
  )
  expect(line.highLevel.control.contacts(account.locationId)).toHaveLength(before)
})

test('many deletions within an hour stop at the brake until the owner has looked', async () => {
  const ids: string[] = []
  for (let index = 0; index < 13; index++)
    ids.push(line.highLevel.control.createContact(account.locationId, { email: `leaver${index}@example.com` }).id)
  await settled()
  for (const id of ids) line.highLevel.control.deleteContact(id)
  await settled()
  const gone = () =>
    line.activeTrail.control
      .contacts(account.token)
      .filter((one) => String(one.email).startsWith('leaver') && one.is_deleted)
  expect(gone()).toHaveLength(10)
  const [question] = (await asked()).filter(({ kind }) => kind === 'brake')
  expect(question?.question).toMatch(/More records were deleted/)
  expect((await decide([String(question?.id)], { kind: 'go_on' })).status).toBe(204)
})

test('another account sees, decides and takes back nothing of it', async () => {
  const { id } = await disputed('foreign@example.com')
  const [question] = await askedOf(id)
  const [write] = await history(id)
  expect(await asked(stranger)).toEqual([])
  expect(await history(id, stranger)).toEqual([])
  expect((await decide([String(question?.id)], { kind: 'partner' }, stranger)).status).toBe(404)
  expect((await undo(String(write?.id), stranger)).status).toBe(404)
  expect(await askedOf(id)).toHaveLength(2)
})

test.for([
  [{}],
  [{ conflictIds: [], decision: { kind: 'partner' } }],
  [{ conflictIds: ['x'], decision: { kind: 'partner' } }],
  [{ conflictIds: [crypto.randomUUID()], decision: { kind: 'nonsense' } }],
  [{ conflictIds: [crypto.randomUUID()], decision: { kind: 'record', id: '' } }],
])('a decision like %j is refused', async ([body]) => {
  expect((await account.owner.send('POST', '/settings/conflicts/decisions', body as object)).status).toBe(400)
})
