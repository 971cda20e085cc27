import { verify } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from './receiver.ts'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let locationId: string

beforeEach(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
  locationId = sandbox.control.locations()[0]?.id ?? ''
})
afterEach(async () => {
  await sandbox.stop()
  await receiver.stop()
})

/** Installs and forgets what that sent. */
async function installed(scopes?: string[]): Promise<void> {
  sandbox.control.installLocation(locationId, scopes ? { scopes } : {})
  await sandbox.control.webhooksSettled()
  receiver.received.length = 0
}

const typesReceived = (): unknown[] => receiver.received.map(({ body }) => body.type)

test('an installation is told, signed over the bytes that arrive', async () => {
  sandbox.control.installLocation(locationId)
  await sandbox.control.webhooksSettled()
  const [install] = receiver.received
  expect(install?.body).toEqual({
    type: 'INSTALL',
    appId: registration.appId,
    versionId: registration.appId,
    installType: 'Location',
    locationId,
    companyId: sandbox.control.companies()[0]?.id,
    companyName: 'Carmel Growth Agency',
    userId: expect.any(String),
    isWhitelabelCompany: false,
    whitelabelDetails: {},
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    webhookId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(install?.headers['user-agent']).toMatch(/^axios\//)
  const signature = Buffer.from(String(install?.headers['x-ghl-signature']), 'base64')
  expect(verify(null, Buffer.from(install?.text ?? ''), sandbox.publicKeyPem, signature)).toBe(true)
  expect(verify(null, Buffer.from(`${install?.text} `), sandbox.publicKeyPem, signature)).toBe(false)
})

test('an agency install is told for the agency and for each of its locations', async () => {
  const [company] = sandbox.control.companies()
  sandbox.control.installCompany(company?.id ?? '', { futureLocations: true })
  await sandbox.control.webhooksSettled()
  expect(receiver.ofType('INSTALL').filter(({ body }) => body.installType === 'Company')).toHaveLength(1)
  expect(receiver.ofType('INSTALL').filter(({ body }) => body.installType === 'Location')).toHaveLength(3)

  const opened = sandbox.control.createLocation(company?.id ?? '', 'New Branch')
  await sandbox.control.webhooksSettled()
  const later = receiver.received.at(-1)?.body
  expect(later).toMatchObject({ type: 'INSTALL', locationId: opened.id })
  expect(later).not.toHaveProperty('companyId')

  sandbox.control.uninstall({ companyId: company?.id ?? '' })
  await sandbox.control.webhooksSettled()
  expect(receiver.ofType('UNINSTALL').map(({ body }) => body.companyId)).toEqual([company?.id])
})

test('what people do with a contact is told by kind, without empty fields', async () => {
  await installed()
  const { control } = sandbox
  const contact = control.createContact(locationId, { name: 'דנה לוי', email: 'dana@new.example', tags: ['Hot'] })
  await control.webhooksSettled()
  expect(receiver.received[0]?.body).toEqual({
    type: 'ContactCreate',
    locationId,
    appId: registration.appId,
    versionId: registration.appId,
    id: contact.id,
    name: 'דנה לוי',
    firstName: 'דנה',
    lastName: 'לוי',
    email: 'dana@new.example',
    dnd: false,
    tags: ['hot'],
    dateAdded: contact.dateAdded,
    timestamp: expect.any(String),
    webhookId: expect.any(String),
  })
  receiver.received.length = 0

  control.updateContact(contact.id, { city: 'Haifa' })
  control.updateContact(contact.id, { tags: [] })
  control.updateContact(contact.id, { dnd: true, dndSettings: { SMS: { status: 'active' } } })
  control.updateContact(contact.id, { inboundDndSettings: { all: { status: 'active' } } })
  control.updateContact(contact.id, { city: 'Haifa' })
  control.deleteContact(contact.id)
  await control.webhooksSettled()
  expect(typesReceived().toSorted()).toEqual(['ContactDelete', 'ContactDndUpdate', 'ContactTagUpdate', 'ContactUpdate'])
  expect(receiver.ofType('ContactTagUpdate')[0]?.body.tags).toEqual([])
  expect(receiver.ofType('ContactDndUpdate')[0]?.body.dndSettings).toEqual({ SMS: { status: 'active' } })
  expect(receiver.ofType('ContactDelete')[0]?.body).toMatchObject({ email: 'dana@new.example', city: 'Haifa' })
})

test('nothing is told of locations without the app, or to an app that may not read contacts', async () => {
  const { control } = sandbox
  control.createContact(locationId, { email: 'before@new.example' })
  await installed(['locations.readonly'])
  control.createContact(locationId, { email: 'unread@new.example' })
  control.createContact(control.locations()[1]?.id ?? '', { email: 'elsewhere@new.example' })
  await control.webhooksSettled()
  expect(receiver.received).toEqual([])
})

test('what is not answered with 2xx comes again, the same to the byte', async () => {
  await installed()
  receiver.answerWith(500, 'cut', 429)
  const contact = sandbox.control.createContact(locationId, { email: 'again@new.example' })
  await sandbox.control.webhooksSettled()
  expect(receiver.received).toHaveLength(4)
  expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1)
  expect(new Set(receiver.received.map(({ headers }) => headers['x-ghl-signature'])).size).toBe(1)
  const [delivery] = sandbox.control.deliveries({ type: 'ContactCreate', locationId: contact.locationId })
  expect(delivery).toMatchObject({ state: 'delivered', nextAttemptAt: null })
  expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, null, 429, 200])
})

test('after the last retry only a person sends it again, and once', async () => {
  await installed()
  receiver.answerWith(500, 500, 500, 500, 503, 200)
  sandbox.control.createContact(locationId, { email: 'failed@new.example' })
  await sandbox.control.webhooksSettled()
  const [delivery] = sandbox.control.deliveries({ type: 'ContactCreate' })
  expect(delivery).toMatchObject({ state: 'failed' })
  expect(await sandbox.control.resend(delivery?.webhookId ?? '')).toMatchObject({ status: 503, manual: true })
  expect(delivery?.state).toBe('failed')
  expect(await sandbox.control.resend(delivery?.webhookId ?? '')).toMatchObject({ status: 200 })
  expect(delivery?.state).toBe('delivered')
  expect(new Set(receiver.received.map(({ body }) => body.webhookId)).size).toBe(1)
})

test('retries wait for the clock, and go out when it is moved', async () => {
  const slow = await startSandbox({ webhookUrl: receiver.url, retryDelaysMs: [3_600_000] })
  receiver.answerWith(500)
  slow.control.installLocation(locationId)
  await expect(slow.control.webhooksSettled(100)).rejects.toThrow('still waiting')
  expect(receiver.received).toHaveLength(1)
  slow.control.advance(3_600_000)
  await slow.control.webhooksSettled()
  expect(receiver.received).toHaveLength(2)
  await slow.stop()
})

test('events can be doubled, lost, held back and turned round', async () => {
  await installed()
  const { control } = sandbox
  control.duplicateNextWebhooks(1)
  control.createContact(locationId, { email: 'twice@new.example' })
  await control.webhooksSettled()
  expect(receiver.received.map(({ body }) => body.webhookId)).toHaveLength(2)
  expect(new Set(receiver.received.map(({ body }) => body.webhookId)).size).toBe(1)
  receiver.received.length = 0

  control.dropNextWebhooks(1)
  control.createContact(locationId, { email: 'lost@new.example' })
  control.holdWebhooks()
  for (const email of ['one@new.example', 'two@new.example']) control.createContact(locationId, { email })
  await control.webhooksSettled()
  expect(receiver.received).toEqual([])
  control.releaseWebhooks('reversed')
  await control.webhooksSettled()
  expect(receiver.received.map(({ body }) => body.email).toSorted()).toEqual(['one@new.example', 'two@new.example'])
  expect(control.deliveries({ type: 'ContactCreate' }).map(({ state }) => state)).toEqual([
    'delivered',
    'dropped',
    'delivered',
    'delivered',
  ])
})

test('any event can be sent, with the right signature or another', async () => {
  const body = { type: 'NoteCreate', locationId, id: 'n1', webhookId: 'w1', appId: registration.appId }
  sandbox.control.sendWebhook(body)
  sandbox.control.sendWebhook({ ...body, webhookId: 'w2' }, { signature: 'N/A' })
  await sandbox.control.webhooksSettled()
  const signatures = receiver.received.map(({ headers }) => headers['x-ghl-signature'])
  expect(signatures.toSorted()).toEqual([sandbox.control.sign(JSON.stringify(body)), 'N/A'].toSorted())
})
