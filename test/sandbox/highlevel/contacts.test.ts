import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, type Call, type RunningSandbox, startSandbox } from './start-sandbox.ts'

let sandbox: RunningSandbox
let locationId: string
let token: string
let counter = 0

beforeAll(async () => {
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[0]?.id ?? ''
  token = String((await sandbox.exchange(sandbox.control.installLocation(locationId))).body.access_token)
  sandbox.control.setRateLimit({ burst: 100_000 })
})
afterAll(() => sandbox.stop())

const call = (path: string, options: Call = {}): Promise<Answer> => sandbox.call(path, { token, ...options })
const freshEmail = (): string => `fresh${counter++}@contacts.example`

async function newContact(fields: object = {}): Promise<Record<string, unknown>> {
  const { body } = await call('/contacts/', { body: { locationId, email: freshEmail(), ...fields } })
  return body.contact as Record<string, unknown>
}

const contactOf = (answer: Answer): Record<string, unknown> => answer.body.contact as Record<string, unknown>

test('a seeded contact reads as it was written', async () => {
  const [first] = sandbox.control.contacts(locationId)
  expect(contactOf(await call(`/contacts/${first?.id}`))).toMatchObject({
    firstName: 'נועה',
    lastName: 'כהן',
    name: 'נועה כהן',
    phone: '+972541234501',
    tags: ['lead'],
    type: 'lead',
    emailLowerCase: 'noa.cohen@mail.example',
  })
})

test('a duplicate is refused and named', async () => {
  const contact = await newContact({ firstName: 'Ada', lastName: 'Peri', phone: '+972 54-777 0001' })
  const byPhone = await call('/contacts/', { body: { locationId, phone: '+972547770001' } })
  expect(byPhone).toMatchObject({
    status: 400,
    body: {
      statusCode: 400,
      message: 'This location does not allow duplicated contacts.',
      meta: { contactId: contact.id, contactName: 'Ada Peri', matchingField: 'phone' },
    },
  })
  const byEmail = await call('/contacts/', { body: { locationId, email: String(contact.email).toUpperCase() } })
  expect(byEmail.body.meta).toMatchObject({ contactId: contact.id, matchingField: 'email' })
  sandbox.control.setAllowDuplicates(locationId, true)
  const allowed = await call('/contacts/', { body: { locationId, phone: '+972547770001' } })
  sandbox.control.setAllowDuplicates(locationId, false)
  expect(allowed.status).toBe(201)
})

test('an update refuses what it does not know, and replaces the tags', async () => {
  const { id } = await newContact({ tags: ['One', 'two'] })
  const path = `/contacts/${id}`
  const refused = await call(path, { method: 'PUT', body: { gender: 'female', locationId, dnd: 'yes' } })
  expect(refused.status).toBe(422)
  expect(refused.body.message).toEqual([
    'property gender should not exist',
    'property locationId should not exist',
    'dnd must be a boolean value',
  ])
  const done = await call(path, { method: 'PUT', body: { tags: ['Three'] } })
  expect(done.body.succeded).toBe(true)
  expect(contactOf(done).tags).toEqual(['three'])
  const cleared = await call(path, { method: 'PUT', body: { email: null } })
  expect(contactOf(cleared)).not.toHaveProperty('email')
})

test('custom values are written as field_value, by id or key; anything else is dropped in silence', async () => {
  const [text, number] = sandbox.control.customFields(locationId)
  const { id } = await newContact({
    customFields: [
      { id: text?.id, field_value: 'Mat class' },
      { key: 'contact.visits', field_value: 3 },
      { id: 'unknownField', field_value: 'x' },
    ],
  })
  const values = [
    { id: text?.id, value: 'Mat class' },
    { id: number?.id, value: '3' },
  ]
  expect(contactOf(await call(`/contacts/${id}`)).customFields).toEqual(values)
  const other = { customFields: [{ id: text?.id, value: 'lost' }] }
  expect(contactOf(await call(`/contacts/${id}`, { method: 'PUT', body: other })).customFields).toEqual(values)
  const emptied = { customFields: [{ id: text?.id, field_value: '' }] }
  expect(contactOf(await call(`/contacts/${id}`, { method: 'PUT', body: emptied })).customFields).toEqual([values[1]])
})

test('an upsert finds by e-mail before phone and does not tell of the other contact', async () => {
  const phone = '+972547770099'
  const byEmail = await newContact({ tags: ['old'] })
  const byPhone = await newContact({ phone })
  const answer = await call('/contacts/upsert', {
    body: { locationId, email: byEmail.email, phone, tags: ['new'], gender: 'male', unheardOf: true },
  })
  expect(answer).toMatchObject({ status: 200, body: { new: false } })
  expect(contactOf(answer)).toMatchObject({ id: byEmail.id, tags: ['new'] })
  expect(contactOf(answer)).not.toHaveProperty('phone')
  expect(contactOf(await call(`/contacts/${byPhone.id}`)).phone).toBe(phone)

  const created = await call('/contacts/upsert', { body: { locationId, email: freshEmail() } })
  expect(created.body.new).toBe(true)
  expect((await call('/contacts/upsert', { body: { locationId, firstName: 'Nobody' } })).status).toBe(422)
})

test('tags are added and removed one by one, and become tags of the location', async () => {
  const { id } = await newContact({ tags: ['a'] })
  const added = await call(`/contacts/${id}/tags`, { body: { tags: ['B', 'a'] } })
  expect(added).toMatchObject({ status: 201, body: { tags: ['a', 'b'] } })
  const removed = await call(`/contacts/${id}/tags`, { method: 'DELETE', body: { tags: ['A'] } })
  expect(removed).toMatchObject({ status: 200, body: { tags: ['b'] } })
  expect((await call(`/contacts/${id}/tags`, { body: {} })).body.message).toEqual(['tags must be an array'])
  const { body } = await call(`/locations/${locationId}/tags`)
  expect((body.tags as { name: string }[]).map((tag) => tag.name)).toContain('b')
})

test('a deleted contact is not found, with a 400', async () => {
  const { id } = await newContact()
  expect(await call(`/contacts/${id}`, { method: 'DELETE' })).toMatchObject({ status: 200, body: { succeded: true } })
  expect(await call(`/contacts/${id}`)).toMatchObject({
    status: 400,
    body: { statusCode: 400, message: `Contact with id ${id} not found` },
  })
  expect(sandbox.control.contact(String(id))).toBeNull()
})

test('a possible duplicate is looked up by e-mail or by number with its country code', async () => {
  const { id } = await newContact({ phone: '+972547770123' })
  const find = async (query: string) =>
    (await call(`/contacts/search/duplicate?locationId=${locationId}&${query}`)).body.contact
  expect(await find('number=%2B972547770123')).toMatchObject({ id })
  expect(await find('number=0547770123')).toBeNull()
})
