import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { keepBothWays, quiet } from '../support/two-way.ts'

let line: Line
let account: Account

beforeAll(async () => {
  line = await startLine({ hooks: true })
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  account = await openAccount(line, 0)
  await keepBothWays(line, account, {
    policies: { firstName: 'highlevel', lastName: 'partner', city: 'ask' },
    onDelete: { highlevel: { kind: 'archive' }, partner: { kind: 'tag', tag: 'gone there' } },
  })
})

afterAll(() => line?.close())

let lastPerson = 0
const person = () => {
  lastPerson += 1
  return { email: `both${lastPerson}@example.com`, phone: `+97254${String(1_000_000 + lastPerson)}` }
}
const settled = () => quiet(line, account.tenantId)
const here = (email: string) =>
  line.highLevel.control.contacts(account.locationId).filter((contact) => contact.email === email)
const contactHere = (id: string) => line.highLevel.control.contact(id)
const editThere = (id: number, fields: object) => void line.activeTrail.control.editContact(id, fields)

/** Both sides change before either is told of the other's change. */
async function atOnce(change: () => void): Promise<void> {
  line.highLevel.control.holdWebhooks()
  line.activeTrail.control.holdHooks()
  change()
  line.highLevel.control.releaseWebhooks()
  line.activeTrail.control.releaseHooks('in order')
  await settled()
}

const pair = async (fields: object = {}) => {
  const { email, phone } = person()
  const id = await account.create({ email, phone, firstName: 'Noa', lastName: 'Levi', city: 'Haifa', ...fields })
  await settled()
  return { id, email, there: account.only({ email }) }
}

test('an edit in ActiveTrail arrives in HighLevel, and that is the end of it', async () => {
  const { id, there } = await pair()
  line.highLevel.control.clearRequests()
  line.activeTrail.control.clearRequests()
  editThere(there.id, { last_name: 'Cohen', street: 'Herzl 1' })
  await settled()
  expect(contactHere(id)).toMatchObject({ lastName: 'Cohen', address1: 'Herzl 1', firstName: 'Noa' })
  const writes = (all: { method: string }[]) => all.filter(({ method }) => method !== 'GET')
  expect(writes(line.highLevel.control.requests({ path: `/contacts/${id}` }))).toHaveLength(1)
  expect(writes(line.activeTrail.control.requests())).toEqual([])
})

test('what is changed on either side at once arrives on the other', async () => {
  const { id, email, there } = await pair()
  await atOnce(() => {
    line.highLevel.control.updateContact(id, { address1: 'Herzl 1' })
    editThere(there.id, { zip_code: '61000' })
  })
  expect(contactHere(id)).toMatchObject({ address1: 'Herzl 1', postalCode: '61000' })
  expect(account.only({ email })).toMatchObject({ street: 'Herzl 1', zip_code: '61000' })
})

test('a field that both changed is settled by its policy, and what the owner is to say waits', async () => {
  const { id, email, there } = await pair()
  await atOnce(() => {
    line.highLevel.control.updateContact(id, { firstName: 'Noa H', lastName: 'Levi H', city: 'Haifa H' })
    editThere(there.id, { first_name: 'Noa P', last_name: 'Levi P', city: 'Haifa P' })
  })
  expect(contactHere(id)).toMatchObject({ firstName: 'Noa H', lastName: 'Levi P', city: 'Haifa H' })
  expect(account.only({ email })).toMatchObject({ first_name: 'Noa H', last_name: 'Levi P', city: 'Haifa P' })
  const asked = await line.database.system.sql('conflicts').where({ highlevel_id: id, state: 'open' })
  expect(asked).toMatchObject([{ field: 'city' }])
})

test('the later of two changes wins where the flow says so, whichever side it was made on', async () => {
  const { id, email, there } = await pair()
  const { control } = line.highLevel
  control.advance(-60_000)
  control.dropNextWebhooks(1)
  control.updateContact(id, { address1: 'A minute ago' })
  control.advance(60_000)
  editThere(there.id, { street: 'Just now' })
  await settled()
  expect(contactHere(id)).toMatchObject({ address1: 'Just now' })
  expect(account.only({ email })).toMatchObject({ street: 'Just now' })
})

test('what somebody changes while something else is written there arrives as well', async () => {
  const { id, email, there } = await pair()
  line.highLevel.control.failNext({ kind: 'slow', method: 'PUT', path: `/contacts/${id}`, delayMs: 400 })
  editThere(there.id, { last_name: 'Cohen' })
  await eventually(
    () => line.highLevel.control.requests({ method: 'PUT', path: `/contacts/${id}` }),
    (found) => found.length === 1,
  )
  line.highLevel.control.updateContact(id, { address1: 'Herzl 1' })
  await settled()
  expect(contactHere(id)).toMatchObject({ lastName: 'Cohen', address1: 'Herzl 1' })
  expect(account.only({ email })).toMatchObject({ last_name: 'Cohen', street: 'Herzl 1' })
})

test('tags and groups follow each other, both ways', async () => {
  const { id, email, there } = await pair({ tags: ['vip', 'old'] })
  expect(account.only({ email }).groups.toSorted()).toEqual(['old', 'vip'])
  const vip = account.groups('vip')[0]
  const { id: newcomers } = line.activeTrail.control.createGroup('Newcomers', account.token)
  await atOnce(() => {
    line.highLevel.control.updateContact(id, { tags: ['vip'] })
    line.activeTrail.control.addMember(newcomers, there.id)
    line.activeTrail.control.removeMember(Number(vip?.id), there.id)
    editThere(there.id, { street: 'Herzl 1' }) // joining a group alone is not told
  })
  expect(account.only({ email }).groups).toEqual(['Newcomers'])
  expect(contactHere(id)?.tags).toEqual(['newcomers'])
})

test('a tag that came from a group takes the contact out of it when it is taken away', async () => {
  const { id, email, there } = await pair()
  const { id: members } = line.activeTrail.control.createGroup('Members', account.token)
  line.activeTrail.control.addMember(members, there.id)
  editThere(there.id, { street: 'Herzl 1' })
  await settled()
  expect(contactHere(id)?.tags).toEqual(['members'])
  line.highLevel.control.updateContact(id, { tags: [] })
  await settled()
  expect(account.only({ email }).groups).toEqual([])
  expect(contactHere(id)?.tags).toEqual([])
})

test('whoever opts out on one side is not reached from the other', async () => {
  const { id, email, there } = await pair()
  await atOnce(() => {
    line.highLevel.control.updateContact(id, { dndSettings: { SMS: { status: 'active', message: '', code: '' } } })
    editThere(there.id, { status: 'Unsubscribed' })
  })
  expect(contactHere(id)?.dndSettings).toMatchObject({ Email: { status: 'active' }, SMS: { status: 'active' } })
  expect(account.only({ email })).toMatchObject({ status: 'Unsubscribed', sms_status: 'Unsubscribed' })
})

test('the same person, new on both sides at once, is one pair', async () => {
  const { email, phone } = person()
  await atOnce(() => {
    line.highLevel.control.createContact(account.locationId, { email, phone, firstName: 'Dov', tags: ['fair'] })
    line.activeTrail.control.createContact({ email, last_name: 'Katz', city: 'Lod' }, account.token)
  })
  const [contact] = here(email)
  expect(here(email)).toHaveLength(1)
  expect(contact).toMatchObject({ firstName: 'Dov', lastName: 'Katz', city: 'Lod' })
  expect(account.only({ email })).toMatchObject({
    ...{ first_name: 'Dov', last_name: 'Katz', sms: phone, groups: ['fair'] },
  })
})

test('what is deleted on one side becomes of the other what the rule says', async () => {
  const [gone, archived] = [await pair(), await pair()]
  line.activeTrail.control.fail({ method: 'PUT', path: `/contacts/${archived.there.id}`, status: 500 })
  line.activeTrail.control.deleteContact(gone.there.id)
  line.highLevel.control.deleteContact(archived.id)
  await settled()
  expect(contactHere(gone.id)?.tags).toContain('gone there')
  expect(account.only({ email: gone.email })).toMatchObject({ is_deleted: true })
  expect(account.only({ email: archived.email })).toMatchObject({ is_deleted: true, is_do_not_mail: false })
  expect(await line.database.system.sql('writes').where({ tenant_id: account.tenantId, state: 'open' })).toEqual([])
})
