import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Receiver, startReceiver } from './receiver.ts'
import { type RunningSandbox, startSandbox } from './start-sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let at: string
let cookie = ''

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url, retryDelaysMs: [] })
  const [location] = sandbox.control.locations()
  at = `/location/${location?.id}`
  sandbox.control.installLocation(location?.id ?? '')
  await sandbox.control.webhooksSettled()
})
afterAll(async () => {
  await sandbox.stop()
  await receiver.stop()
})

const open = async (path: string): Promise<string> => (await fetch(sandbox.url + path, { headers: { cookie } })).text()

const submit = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  fetch(sandbox.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers })

test('the first page says what to click, and leads to every location', async () => {
  const page = await open('/')
  expect(page).toContain('/v2/oauth/chooselocation?')
  for (const { id } of sandbox.control.locations()) expect(page).toContain(`/location/${id}/contacts`)
})

test('pages may frame the app alone and load nothing from elsewhere', async () => {
  for (const path of ['/', `${at}/contacts`, `${at}/custom-page`, '/deliveries', '/v2/oauth/chooselocation']) {
    const { headers } = await fetch(sandbox.url + path)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain('frame-src https://app.example;')
    expect(policy).toContain("frame-ancestors 'none'")
  }
})

test('a contact is added, changed and deleted by hand, and the app is told', async () => {
  const [, , , option] = sandbox.control.customFields(at.split('/')[2] ?? '')
  const answer = await submit(`${at}/contacts`, {
    firstName: 'שלום',
    lastName: '<b>Bold</b>',
    tags: 'Hot, new',
    [`custom-${option?.id}`]: 'Plus',
    'dnd-SMS': 'on',
  })
  expect(answer.headers.get('location')).toBe(`${at}/contacts?saved=1`)
  const contact = sandbox.control.contacts(at.split('/')[2] ?? '').at(-1)
  expect(contact).toMatchObject({
    firstName: 'שלום',
    tags: ['hot', 'new'],
    customFields: [{ id: option?.id, value: 'Plus' }],
    dndSettings: { SMS: { status: 'active' } },
  })
  expect(await open(`${at}/contacts`)).toContain('&lt;b&gt;Bold&lt;/b&gt;')

  await submit(`${at}/contacts/${contact?.id}`, { firstName: 'Shalom', tags: 'hot' })
  expect(sandbox.control.contact(contact?.id ?? '')).toMatchObject({
    firstName: 'Shalom',
    customFields: [],
    dndSettings: { SMS: { status: 'inactive' } },
  })
  await submit(`${at}/contacts/${contact?.id}/deletion`)
  expect(sandbox.control.contact(contact?.id ?? '')).toBeNull()
  await sandbox.control.webhooksSettled()
  const told = receiver.received.filter(({ body }) => body.id === contact?.id).map(({ body }) => body.type)
  expect(new Set(told)).toEqual(
    new Set(['ContactCreate', 'ContactUpdate', 'ContactTagUpdate', 'ContactDndUpdate', 'ContactDelete']),
  )
})

test('a duplicate is explained and what was typed is kept', async () => {
  const answer = await submit(`${at}/contacts`, { firstName: 'Second', email: 'noa.cohen@mail.example' })
  expect(answer.status).toBe(400)
  const page = await answer.text()
  expect(page).toContain('another contact with this e-mail or phone')
  expect(page).toContain('value="Second"')
})

test('deliveries show the answers, and a failed one is sent again', async () => {
  receiver.answerWith(503)
  sandbox.control.createContact(at.split('/')[2] ?? '', { email: 'deliver@shell.example' })
  await sandbox.control.webhooksSettled()
  const page = await open('/deliveries')
  expect(page).toContain('<b>503</b>')
  const [, resend] = /action="(\/deliveries\/[^"]+\/resend)"/.exec(page) ?? []
  await submit(resend ?? '')
  expect(await open('/deliveries')).not.toContain('/resend"')
})

test('the app page opens with its address filled in and speaks for who is acting', async () => {
  const locationId = at.split('/')[2] ?? ''
  const page = await open(`${at}/custom-page`)
  expect(page).toContain(`src="https://app.example/settings?location=${locationId}&amp;name=Carmel%20Pilates"`)
  sandbox.control.setUserDataDelay(250)
  expect(await open(`${at}/custom-page`)).toContain('data-answer-after="250"')
  const { payload } = JSON.parse(await open(`${at}/user-data`)) as { payload: string }
  expect(Buffer.from(payload, 'base64').subarray(0, 8).toString()).toBe('Salted__')

  const member = sandbox.control.users(locationId).find(({ role }) => role === 'user')
  const switched = await submit('/acting', { userId: member?.id ?? '', back: '//elsewhere.example' })
  expect(switched.headers.get('location')).toBe('/')
  cookie = (switched.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  expect(await open(`${at}/app`)).toContain(`<option value="${member?.id}" selected>`)
  const [company] = sandbox.control.companies()
  expect(await open(`/agency/${company?.id}/user-data`)).toContain('payload')
})

test('the app is uninstalled by hand, from a location and from an agency', async () => {
  const [, second] = sandbox.control.locations()
  sandbox.control.installLocation(second?.id ?? '')
  await submit(`/location/${second?.id}/uninstall`)
  const northside = sandbox.control.companies()[1]?.id ?? ''
  sandbox.control.installCompany(northside)
  await submit(`/agency/${northside}/uninstall`)
  const left = sandbox.control.installs().map(({ companyId, locationId }) => [companyId, locationId])
  expect(left.some(([companyId, locationId]) => companyId === northside || locationId === second?.id)).toBe(false)
})

test('a form on another site does nothing, and an unknown location is a page that says so', async () => {
  const forged = await submit(`${at}/uninstall`, {}, { origin: 'https://elsewhere.example' })
  expect(forged.status).toBe(403)
  const unknown = await fetch(`${sandbox.url}/location/nowhere/contacts`)
  expect(unknown.status).toBe(404)
  expect(await unknown.text()).toContain('There is no such location.')
})
