import { expect, test } from 'vitest'
import { startActiveTrail } from './support.ts'

const DAY = 24 * 60 * 60 * 1000

test('posting twice in another case of the e-mail updates one contact', async () => {
  const { call, control } = await startActiveTrail()
  const first = await call('POST', '/contacts', { email: 'Rut@Example.com', first_name: 'רות' })
  const second = await call('POST', '/contacts', { email: 'rut@example.com', city: 'חיפה' })
  expect(second.body).toMatchObject({ email: 'rut@example.com', first_name: 'רות', city: 'חיפה' })
  expect((second.body as { id: number }).id).toBe((first.body as { id: number }).id)
  expect(control.contacts().filter(({ email }) => email === 'rut@example.com')).toHaveLength(1)
})

test('a known contact keeps its fields where that is switched on', async () => {
  const { call, control, contact } = await startActiveTrail()
  control.setModes({ knownContact: 'keeps' })
  await contact({ email: 'a@example.com', city: 'Haifa' })
  expect((await call('POST', '/contacts', { email: 'a@example.com', city: 'Eilat' })).body).toMatchObject({
    city: 'Haifa',
  })
})

test('without an e-mail the number is the identity, local or international', async () => {
  const { contact } = await startActiveTrail()
  const id = await contact({ sms: '0501234567' })
  expect(await contact({ sms: '+972501234567', first_name: 'Avi' })).toBe(id)
})

test('a body that does not fit is InvalidResource, one that is no JSON is refused too', async () => {
  const { call } = await startActiveTrail()
  for (const body of [{}, { first_name: 'Nobody' }, { email: 'no address' }, { email: 'a@b.c', num1: 'five' }]) {
    expect((await call('POST', '/contacts', body)).status).toBe(400)
  }
  expect((await call('POST', '/contacts', '{"email":')).status).toBe(400)
})

test('PUT changes what it names and an empty value erases', async () => {
  const { call, contact } = await startActiveTrail()
  const id = await contact({ email: 'p@example.com', city: 'Haifa', ext7: 'kept', birthday: '1990-02-03' })
  const put = await call('PUT', `/contacts/${id}`, { city: '' })
  expect(put).toMatchObject({ status: 204, text: '' })
  expect((await call('GET', `/contacts/${id}`)).body).toMatchObject({
    city: null,
    ext7: 'kept',
    birthday: '1990-02-03T00:00:00',
  })
})

test('PUT and DELETE answer the object where that is switched on', async () => {
  const { call, control, contact } = await startActiveTrail()
  control.setModes({ writeAnswers: 'object' })
  const id = await contact({ email: 'o@example.com' })
  expect(await call('PUT', `/contacts/${id}`, { city: 'Yafo' })).toMatchObject({ status: 200, body: { city: 'Yafo' } })
  expect(await call('DELETE', `/contacts/${id}`)).toMatchObject({ status: 200, body: { is_deleted: true } })
})

test('a deleted contact comes back deleted until PUT clears both flags', async () => {
  const { call, contact } = await startActiveTrail()
  const id = await contact({ email: 'gone@example.com' })
  expect((await call('DELETE', `/contacts/${id}`)).status).toBe(204)
  const posted = await call('POST', '/contacts', { email: 'gone@example.com', is_deleted: false })
  expect(posted.body).toMatchObject({ id, is_deleted: true, state: 'INACTIVE' })
  await call('PUT', `/contacts/${id}`, { is_deleted: false, is_do_not_mail: false })
  expect((await call('GET', `/contacts/${id}`)).body).toMatchObject({ is_deleted: false, state: 'ACTIVE' })
})

test('a status cannot change under do-not-mail, not even together with clearing it', async () => {
  const { call, contact } = await startActiveTrail()
  const id = await contact({ email: 's@example.com', is_do_not_mail: true })
  expect((await call('PUT', `/contacts/${id}`, { status: 'Unsubscribed' })).status).toBe(405)
  expect((await call('PUT', `/contacts/${id}`, { status: 1, is_do_not_mail: false })).status).toBe(405)
  expect((await call('PUT', `/contacts/${id}`, { is_do_not_mail: false })).status).toBe(204)
  expect((await call('PUT', `/contacts/${id}`, { status: 1 })).status).toBe(204)
})

test('e-mail of one and number of another need a merge, which is then listed', async () => {
  const { call, contact } = await startActiveTrail()
  await contact({ email: 'one@example.com' })
  await contact({ sms: '+972521112222' })
  expect((await call('POST', '/contacts', { email: 'one@example.com', sms: '0521112222' })).status).toBe(409)
  expect((await call('GET', '/contacts/merges')).body).toMatchObject([{ email: 'one@example.com', sms: '0521112222' }])
})

test('lists look back three months unless told, and show twenty rows', async () => {
  const { call, control, contact } = await startActiveTrail()
  await contact({ email: 'old@example.com' })
  control.advance(100 * DAY)
  for (let number = 0; number < 25; number += 1) control.createContact({ email: `n${number}@example.com` })
  const rows = async (query: string) => (await call('GET', `/contacts${query}`)).body as { email: string }[]
  expect(await rows('')).toHaveLength(20)
  expect(await rows('?Limit=100')).toHaveLength(25)
  expect(await rows('?SearchTerm=OLD@')).toEqual([])
  expect(await rows('?SearchTerm=OLD@&FromDate=2000-01-01')).toMatchObject([{ email: 'old@example.com' }])
  expect(await rows('?Page=2&Limit=20')).toHaveLength(5)
  expect(await rows('?FromDate=2000-01-01&ToDate=2001-01-01')).toEqual([])
})

test('pages start at one, at one leniently, or at zero', async () => {
  const { call, control } = await startActiveTrail()
  for (let number = 0; number < 3; number += 1) control.createContact({ email: `row${number}@example.com` })
  const page = async (number: number) => (await call('GET', `/contacts?SearchTerm=row&Limit=2&Page=${number}`)).body
  expect(await page(0)).toMatchObject({ Message: expect.any(String) })
  const first = await page(1)
  control.setModes({ pages: 'from_1_lenient' })
  expect(await page(0)).toEqual(first)
  control.setModes({ pages: 'from_0' })
  expect(await page(0)).toEqual(first)
  expect(await page(1)).toHaveLength(1)
})

test.for(['Limit=0', 'Limit=101', 'Limit=x', 'FromDate=tomorrow', 'CustomerStates=GONE'])(
  'a list asked for %s is refused',
  async (query) => {
    const { call } = await startActiveTrail()
    expect((await call('GET', `/contacts?${query}`)).status).toBe(400)
  },
)

test('the state filter knows customer requests and bounces', async () => {
  const { call, control, contact } = await startActiveTrail()
  await contact({ email: 'out@example.com', status: 2 })
  control.setDelivery(await contact({ email: 'bad@example.com' }), 'BOUNCED')
  const rows = async (states: string) => (await call('GET', `/contacts?CustomerStates=${states}`)).body
  expect(await rows('CUSTOMER_REQUEST')).toMatchObject([{ email: 'out@example.com', status: 'Unsubscribed' }])
  expect(await rows('BOUNCED')).toMatchObject([{ email: 'bad@example.com' }])
})
