import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ContactState, hear, hearDeletion } from '../../src/flows/contact-state.ts'
import { forgetDeletedContacts } from '../../src/flows/contact-state-store.ts'
import { changeContactState, readContactState } from '../../src/flows/keep-contact-state.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { type Line, startLine } from '../support/line.ts'
import { type ConnectedTenant, connectTenant, reaches } from './tenants.ts'

let line: Line
let tenant: ConnectedTenant

beforeAll(async () => {
  line = await startLine()
  tenant = await connectTenant(line, 0)
})
afterAll(() => line?.close())

const T0 = Date.UTC(2026, 10, 1)
const newId = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 20)

/** Sends an event of the contact and waits until it is done; what flows were told. */
async function hears(type: string, id: string, at: number, fields: object): Promise<unknown> {
  const { webhookId } = line.highLevel.control.sendWebhook({
    ...{ type, id, ...fields, locationId: tenant.locationId, appId: line.config.highLevel.appId },
    ...{ timestamp: new Date(T0 + at * 1000).toISOString(), webhookId: crypto.randomUUID() },
  })
  const { id: deliveryId } = await reachesSoon(webhookId)
  const taken = line.logged.map((text) => JSON.parse(text)).filter((entry) => entry.deliveryId === deliveryId)
  return taken.find(({ msg }) => msg === 'an event was taken')?.told
}

const reachesSoon = async (webhookId: string) => {
  await line.highLevel.control.webhooksSettled()
  return reaches(line, webhookId, 'done')
}

const stateOf = (contactId: string): Promise<ContactState> => {
  const vault = createVault(line.config.encryptionKeys)
  return line.database.asTenant(tenant.tenantId, (db) => readContactState(vault, db, contactId))
}

const CHANGED = 'highlevel.contact_changed'
const TAGS = 'highlevel.contact_tags_changed'
const DND = 'highlevel.contact_dnd_changed'

test('of one edit that leads to two events, the first that shows the difference tells it', async () => {
  const id = newId()
  expect(await hears('ContactUpdate', id, 1, { tags: ['lead'] })).toEqual([CHANGED])
  expect(await hears('ContactUpdate', id, 2, { tags: ['lead', 'vip'] })).toEqual([CHANGED, TAGS])
  expect(await hears('ContactTagUpdate', id, 2, { tags: ['lead', 'vip'] })).toEqual([CHANGED])
  expect(await hears('ContactUpdate', id, 3, { firstName: 'No tags named' })).toEqual([CHANGED])
  expect(await hears('ContactTagUpdate', id, 4, { tags: [] })).toEqual([CHANGED, TAGS])
})

test('do-not-disturb is told when a channel turned', async () => {
  const id = newId()
  const settings = (email: string) => ({
    dnd: false,
    dndSettings: { Email: { status: email }, SMS: {}, Fax: { status: 'active' } },
  })
  expect(await hears('ContactCreate', id, 1, {})).toEqual(['highlevel.contact_created', CHANGED])
  expect(await hears('ContactDndUpdate', id, 2, settings('inactive'))).toEqual([CHANGED, DND])
  expect(await hears('ContactDndUpdate', id, 3, settings('permanent'))).toEqual([CHANGED, DND])
  expect(await hears('ContactDndUpdate', id, 4, settings('active'))).toEqual([CHANGED])
  const { doNotDisturb } = await stateOf(id)
  expect(Object.entries(doNotDisturb).map(([channel, { isOn }]) => [channel, isOn])).toEqual([
    ['all', false],
    ['email', true],
  ])
})

test('late news tells nothing, and a deletion is not undone by it', async () => {
  const id = newId()
  await hears('ContactTagUpdate', id, 10, { tags: ['vip'] })
  expect(await hears('ContactTagUpdate', id, 9, { tags: ['lead'] })).toEqual([CHANGED])
  expect((await stateOf(id)).tags?.names).toEqual(['vip'])
  expect(await hears('ContactDelete', id, 20, { tags: ['vip'] })).toEqual(['highlevel.contact_deleted'])
  expect(await hears('ContactTagUpdate', id, 15, { tags: ['vip', 'lead'] })).toEqual([CHANGED])
  expect(await stateOf(id)).toEqual({ tags: null, doNotDisturb: {}, deletedAt: T0 + 20_000 })
})

test('a difference is still there when the flow has to try again', async () => {
  const id = await tenant.addContact('difference@example.com')
  await hears('ContactTagUpdate', id, 30_000_000, { tags: ['lead'] })
  line.highLevel.control.failNext({ path: `/contacts/${id}`, kind: 'answer', status: 500 })
  expect(await hears('ContactTagUpdate', id, 30_000_001, { tags: ['lead', 'vip'] })).toEqual([CHANGED, TAGS])
})

test('what is kept is sealed, and forgotten some time after the contact is gone', async () => {
  const id = newId()
  await hears('ContactTagUpdate', id, 1, { tags: ['a tag that nobody else has'] })
  const row = () => line.database.system.sql('contact_states').where({ contact_id: id }).first()
  expect(Buffer.from((await row()).known).toString('latin1')).not.toContain('a tag')
  await hears('ContactDelete', id, 2, {})
  expect(await row()).toMatchObject({ known: null, deleted_at: new Date(T0 + 2000) })
  await forgetDeletedContacts(line.database.system, new Date(T0 + 2000))
  expect(await row()).toBeDefined()
  await forgetDeletedContacts(line.database.system, new Date(T0 + 2001))
  expect(await row()).toBeUndefined()
})

test('what two workers hear at once adds up', async () => {
  const id = newId()
  const vault = createVault(line.config.encryptionKeys)
  const change = (apply: (known: ContactState) => ContactState): Promise<void> =>
    line.database.asTenant(tenant.tenantId, (db) =>
      changeContactState(vault, db, { contactId: id, change: apply, at: new Date() }),
    )
  const news = Array.from({ length: 12 }, (_, at) => ({ at, isNew: false, tags: [`tag ${at}`] }))
  await Promise.all([
    ...news.map((one) => change((known) => hear(known, one).state)),
    change((known) => hear(known, { at: 5, isNew: false, doNotDisturb: { email: true } }).state),
    change((known) => hearDeletion(known, 3)),
  ])
  expect(await stateOf(id)).toEqual({
    tags: { names: ['tag 11'], at: 11 },
    doNotDisturb: { email: { isOn: true, at: 5 } },
    deletedAt: 3,
  })
})
