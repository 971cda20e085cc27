import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVENT_KINDS, findEventKind } from '../../src/highlevel/events/event-kinds.ts'
import { PLATFORM_TRIGGERS } from '../../src/highlevel/events/triggers.ts'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'
import { companyTenantId, locationTenantId, NOBODY } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import type { StoredDelivery } from './platform.ts'
import { type ConnectedTenant, connectTenant } from './tenants.ts'

/** What HighLevel documents, group by group: how many, and of each what it is about and what flows hear of it. */
const DOCUMENTED: Record<string, [count: number, types: Record<string, [object: string, ...told: string[]]>]> = {
  'App lifecycle': [
    5,
    {
      INSTALL: ['installation'],
      UNINSTALL: ['installation'],
      UPDATE: ['installation'],
      PLAN_CHANGE: ['installation'],
      EXTERNAL_AUTH_CONNECTED: ['installation'],
    },
  ],
  Contact: [
    5,
    {
      // Of a contact that nobody has heard of before.
      ContactCreate: ['contact', 'contact_created', 'contact_changed', 'contact_tags_changed', 'contact_dnd_changed'],
      ContactUpdate: ['contact', 'contact_changed'],
      ContactDelete: ['contact', 'contact_deleted'],
      ContactDndUpdate: ['contact', 'contact_changed', 'contact_dnd_changed'],
      ContactTagUpdate: ['contact', 'contact_changed', 'contact_tags_changed'],
    },
  ],
  Note: [
    3,
    {
      NoteCreate: ['note', 'note_created', 'note_changed'],
      NoteUpdate: ['note', 'note_changed'],
      NoteDelete: ['note', 'note_deleted'],
    },
  ],
  Task: [
    3,
    {
      TaskCreate: ['task', 'task_created', 'task_changed'],
      TaskComplete: ['task', 'task_completed', 'task_changed'],
      TaskDelete: ['task', 'task_deleted'],
    },
  ],
  Appointment: [
    3,
    {
      AppointmentCreate: ['appointment', 'appointment_changed'],
      AppointmentUpdate: ['appointment', 'appointment_changed'],
      AppointmentDelete: ['appointment', 'appointment_changed'],
    },
  ],
  Opportunity: [
    7,
    {
      OpportunityCreate: ['opportunity', 'opportunity_created', 'opportunity_changed'],
      OpportunityUpdate: ['opportunity', 'opportunity_changed'],
      OpportunityDelete: ['opportunity', 'opportunity_deleted'],
      OpportunityStageUpdate: ['opportunity', 'opportunity_stage_changed', 'opportunity_changed'],
      OpportunityStatusUpdate: ['opportunity', 'opportunity_status_changed', 'opportunity_changed'],
      OpportunityMonetaryValueUpdate: ['opportunity', 'opportunity_value_changed', 'opportunity_changed'],
      OpportunityAssignedToUpdate: ['opportunity', 'opportunity_assigned', 'opportunity_changed'],
    },
  ],
  Campaign: [1, { CampaignStatusUpdate: ['campaign', 'campaign_status_changed'] }],
  Conversation: [
    5,
    {
      InboundMessage: ['message', 'message_received'],
      OutboundMessage: ['message', 'message_sent'],
      ConversationUnreadUpdate: ['conversation', 'conversation_unread_changed'],
      ProviderOutboundMessage: ['message', 'message_to_deliver'],
      LCEmailStats: ['email', 'email_event'],
    },
  ],
  'Location / User': [
    5,
    {
      LocationCreate: ['location', 'location_created'],
      LocationUpdate: ['location', 'location_changed'],
      UserCreate: ['user', 'user_created'],
      UserUpdate: ['user', 'user_changed'],
      UserDelete: ['user', 'user_deleted'],
    },
  ],
  Invoice: [
    7,
    {
      InvoiceCreate: ['invoice', 'invoice_created'],
      InvoiceUpdate: ['invoice', 'invoice_changed'],
      InvoiceDelete: ['invoice', 'invoice_deleted'],
      InvoiceSent: ['invoice', 'invoice_sent'],
      InvoiceVoid: ['invoice', 'invoice_voided'],
      InvoicePaid: ['invoice', 'invoice_paid'],
      InvoicePartiallyPaid: ['invoice', 'invoice_partially_paid'],
    },
  ],
  'Order / Product / Price': [
    8,
    {
      OrderCreate: ['order', 'order_created'],
      OrderStatusUpdate: ['order', 'order_status_changed'],
      ProductCreate: ['product', 'product_created'],
      ProductUpdate: ['product', 'product_changed'],
      ProductDelete: ['product', 'product_deleted'],
      PriceCreate: ['price', 'price_created'],
      PriceUpdate: ['price', 'price_changed'],
      PriceDelete: ['price', 'price_deleted'],
    },
  ],
  Objects: [
    10,
    {
      ObjectSchemaCreate: ['object_schema', 'object_schema_created'],
      ObjectSchemaUpdate: ['object_schema', 'object_schema_changed'],
      RecordCreate: ['record', 'record_created'],
      RecordUpdate: ['record', 'record_changed'],
      RecordDelete: ['record', 'record_deleted'],
      AssociationCreate: ['association', 'association_created'],
      AssociationUpdate: ['association', 'association_changed'],
      AssociationDelete: ['association', 'association_deleted'],
      RelationCreate: ['relation', 'relation_created'],
      RelationDelete: ['relation', 'relation_deleted'],
    },
  ],
  'SaaS / Voice': [
    2,
    { SaasPlanCreate: ['saas_plan', 'saas_plan_created'], VoiceAiCallEnd: ['voice_call', 'voice_call_ended'] },
  ],
}

const EVENTS = Object.values(DOCUMENTED).flatMap(([, types]) =>
  Object.entries(types).map(([type, [object, ...told]]) => ({
    type,
    object,
    told: told.map((one) => `highlevel.${one}`),
  })),
)
const TYPES = EVENTS.map(({ type }) => type)
const LIFECYCLE = Object.keys(DOCUMENTED['App lifecycle']?.[1] ?? {})
/** Those that name no contact, or name it where only a reading of the record could tell. */
const WITHOUT_CONTACT = [
  ...['location', 'user', 'product', 'price', 'object_schema', 'record', 'association', 'relation'],
  ...['email', 'saas_plan'],
]

let line: Line
let here: ConnectedTenant
/** A location that is uninstalled and installed here as the events say. */
let elsewhere: string
/** A company that has the app. */
let agency: { id: string; tenantId: string }

beforeAll(async () => {
  line = await startLine()
  const { control } = line.highLevel
  here = await connectTenant(line, 0)
  elsewhere = String(control.locations()[1]?.id)
  await install(line, elsewhere)
  const id = String(control.companies()[1]?.id)
  expect((await fetch(control.installCompany(id))).status).toBe(200)
  agency = { id, tenantId: companyTenantId(line.config.highLevel.appId, id) }
})
afterAll(() => line?.close())

type Body = Record<string, unknown>
type Sent = { webhookId: string; locationId: string; recordId: string; contactId: string; body: string }

const newId = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 20)

/** Sends the event in its documented form, or bent; about a record and a contact that nobody has heard of. */
function send(type: string, bend: (body: Body) => Body = (body) => body): Sent {
  const { control } = line.highLevel
  const locationId = LIFECYCLE.includes(type) ? elsewhere : here.locationId
  const about = { locationId, recordId: newId(), contactId: newId() }
  const company = type === 'SaasPlanCreate' ? { companyId: agency.id } : {}
  const { webhookId, body } = control.sendWebhook(bend({ ...control.documented(type, about), ...company }))
  return { ...about, webhookId, body }
}

/** All were answered 200 at once, and are worked on; as they are stored then. */
async function settled(sent: Sent[]): Promise<Map<string, StoredDelivery>> {
  const { control } = line.highLevel
  const ids = sent.map(({ webhookId }) => webhookId)
  await control.webhooksSettled(20_000)
  const answers = control.deliveries().filter(({ webhookId }) => ids.includes(webhookId))
  expect(answers.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual(ids.map(() => [200]))
  const stored = await eventually(
    () => line.database.system.sql('deliveries').whereIn('delivery_id', ids) as Promise<StoredDelivery[]>,
    (rows) => rows.length === ids.length && rows.every(({ state }) => state !== 'received'),
    20_000,
  )
  return new Map(stored.map((row) => [row.delivery_id, row]))
}

/** What the handler of a delivery said of it. */
const takenAs = ({ id }: StoredDelivery): Record<string, unknown> | undefined =>
  line.logged
    .map((text) => JSON.parse(text))
    .find(({ msg, deliveryId }) => msg === 'an event was taken' && deliveryId === id)

const ENVELOPE = ['type', 'appId', 'versionId', 'timestamp', 'webhookId']
const TENANT = ['locationId', 'altId', 'altType', 'companyId']
const IDS = ['id', '_id', 'contactId', 'messageId', 'planId']
/** Ids that lie deeper. */
const NESTED = ['appointment', 'webhookPayload', 'contactDetails']

/** Applies a change to every value but those of these names; in what is nested, to each value of it. */
const bent = (body: Body, kept: string[], change: (value: unknown) => unknown): Body =>
  Object.fromEntries(
    Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
      if (kept.includes(name)) return [[name, value]]
      const isDeep = NESTED.includes(name) && kept.includes('id')
      const changed = isDeep ? bent(value as Body, kept, change) : change(value)
      return changed === undefined ? [] : [[name, changed]]
    }),
  )

const ofAnotherType = (value: unknown): unknown => {
  if (typeof value === 'number') return []
  if (typeof value === 'boolean') return 'yes'
  return typeof value === 'string' ? { odd: 1 } : 'odd'
}

test('the list is the documented one: 64 types, and the catalogue and the sandbox know the same', () => {
  for (const [group, [count, types]] of Object.entries(DOCUMENTED)) {
    expect([group, Object.keys(types).length]).toEqual([group, count])
  }
  expect(TYPES).toHaveLength(64)
  expect(EVENT_KINDS.map(({ type }) => type).sort()).toEqual(TYPES.toSorted())
  expect(line.highLevel.control.documentedTypes().sort()).toEqual(TYPES.toSorted())
  expect(EVENT_KINDS.map(({ type, object }) => ({ type, object }))).toEqual(
    expect.arrayContaining(EVENTS.map(({ type, object }) => ({ type, object }))),
  )
  const told = EVENTS.flatMap((event) => event.told)
  expect([...new Set(told)].sort()).toEqual([...PLATFORM_TRIGGERS].sort())
})

describe('each type', () => {
  test('in its documented form ends in the handler that its type names', async () => {
    const others = EVENTS.filter(({ type }) => !LIFECYCLE.includes(type))
    const sent = new Map(others.map(({ type }) => [type, send(type)]))
    const stored = await settled([...sent.values()])
    for (const { type, object, told } of others) {
      const { webhookId, recordId, contactId, locationId, body } = sent.get(type) as Sent
      const delivery = stored.get(webhookId) as StoredDelivery
      // The owner's flow waits for changed contacts, and for nothing else.
      const reason = told.includes('highlevel.contact_changed') ? null : 'no_flow'
      expect(delivery).toMatchObject({ event_type: type, state: 'done', reason, attempts: 1 })
      expect(takenAs(delivery), type).toMatchObject({ type, object, told, leftOut: [] })
      expect(readWebhook(Buffer.from(body)), type).toMatchObject({
        recordId: object === 'contact' ? contactId : object === 'location' ? locationId : recordId,
        contactId: WITHOUT_CONTACT.includes(object) ? null : contactId,
      })
      const tenantId = type === 'SaasPlanCreate' ? agency.tenantId : here.tenantId
      expect(delivery.tenant_id).toBe(tenantId)
    }
    expect(findEventKind('SMS')?.type).toBe('ProviderOutboundMessage')
  })

  test('about the app itself is a fact of the installation', async () => {
    const installation = () => line.database.system.sql('installations').where({ location_id: elsewhere }).first()
    for (const type of ['INSTALL', 'UPDATE', 'PLAN_CHANGE', 'EXTERNAL_AUTH_CONNECTED']) {
      const sent = send(type)
      const stored = (await settled([sent])).get(sent.webhookId)
      expect(stored).toMatchObject({ event_type: type, state: 'done', reason: null })
      if (type === 'INSTALL') expect(await installation()).toMatchObject({ plan_id: '66a0419a0dffa47fb5f8b22f' })
      if (type === 'PLAN_CHANGE') expect(await installation()).toMatchObject({ plan_id: '66a0419a0dffa47fb5f8b230' })
    }
    const told = await line.database.system
      .sql('audit_entries')
      .where({ tenant_id: locationTenantId(line.config.highLevel.appId, elsewhere) })
      .pluck('action')
    expect(told).toEqual(expect.arrayContaining(['installation.updated', 'installation.external_auth_connected']))
    const left = send('UNINSTALL')
    expect((await settled([left])).get(left.webhookId)).toMatchObject({ state: 'done' })
    expect(await installation()).toMatchObject({ status: 'uninstalled' })
    await install(line, elsewhere)
  })

  const bends: [what: string, bend: (body: Body) => Body, state: (delivery: StoredDelivery) => void][] = [
    [
      'with its envelope and ids alone',
      (body) => bent(body, [...ENVELOPE, ...TENANT, ...IDS], () => undefined),
      ({ state }) => expect(state).toBe('done'),
    ],
    [
      'with every field null but those ids',
      (body) => bent(body, [...ENVELOPE, ...TENANT, ...IDS], () => null),
      ({ state }) => expect(state).toBe('done'),
    ],
    [
      'with every field null',
      (body) => bent(body, [...ENVELOPE, ...TENANT], () => null),
      ({ state, event_type: type }) => expect(state).toBe(LIFECYCLE.includes(type) ? 'done' : 'ignored'),
    ],
    [
      'with every field of another type but those ids',
      (body) => bent(body, [...ENVELOPE, ...TENANT, ...IDS], ofAnotherType),
      ({ state }) => expect(state).toBe('done'),
    ],
    [
      'with every field of another type, whose it is included',
      (body) => bent(body, ['type', 'appId', 'webhookId'], ofAnotherType),
      ({ state, tenant_id: tenantId }) => expect([state, tenantId]).toEqual(['ignored', NOBODY]),
    ],
  ]
  test.each(bends)('%s is answered, kept, and no dead letter', async (what, bend, check) => {
    const types = TYPES.filter((type) => type !== 'UNINSTALL')
    const sent = types.map((type) => send(type, bend))
    const stored = await settled(sent)
    for (const [index, type] of types.entries()) {
      const delivery = stored.get(sent[index]?.webhookId ?? '') as StoredDelivery
      const isTenantless = what.includes('whose it is') && LIFECYCLE.includes(type)
      expect(delivery.event_type).toBe(type)
      if (isTenantless) expect(delivery).toMatchObject({ state: 'done', tenant_id: NOBODY })
      else check(delivery)
    }
  })
})

test('a field of a wrong type is named, and the rest of the event counts', async () => {
  const sent = [
    send('ContactUpdate', (body) => ({ ...body, tags: ['vip', 7], phone: {}, dnd: 'no' })),
    send('AppointmentUpdate', (body) => ({
      ...body,
      appointment: { ...(body.appointment as Body), users: 'all', title: [] },
    })),
  ]
  const stored = await settled(sent)
  const [contact, appointment] = sent.map(({ webhookId }) => takenAs(stored.get(webhookId) as StoredDelivery))
  expect(contact?.leftOut).toEqual(expect.arrayContaining(['tags', 'phone', 'dnd']))
  expect(appointment?.leftOut).toEqual(expect.arrayContaining(['appointment.users', 'appointment.title']))
})

test('names of a type that differ between page and post are one type', async () => {
  const spellings: [string, string][] = [
    ['ConversationUnreadWebhook', 'ConversationUnreadUpdate'],
    ['SaaSPlanCreate', 'SaasPlanCreate'],
    ['Email', 'ProviderOutboundMessage'],
  ]
  for (const [spelt, type] of spellings) {
    const sent = send(type, (body) => ({ ...body, type: spelt }))
    expect((await settled([sent])).get(sent.webhookId)).toMatchObject({
      event_type: type,
      state: 'done',
      reason: 'no_flow',
    })
  }
})

test('a type that no document knows is kept, and nobody works on it', async () => {
  const sent = send('ContactUpdate', (body) => ({ ...body, type: 'ContactMerged' }))
  expect((await settled([sent])).get(sent.webhookId)).toMatchObject({
    ...{ event_type: 'ContactMerged', state: 'ignored', reason: 'unknown_type', attempts: 0 },
    tenant_id: here.tenantId,
  })
})

test('an account is called by its new name at once, and no late news renames it back', async () => {
  const nameOf = async (): Promise<unknown> =>
    (await line.database.system.sql('installations').where({ location_id: here.locationId }).first('account_name'))
      .account_name
  const rename = async (name: string, at: number): Promise<void> => {
    const change = (body: Body): Body => ({ ...body, name, timestamp: new Date(at).toISOString() })
    await settled([send('LocationUpdate', change)])
  }
  const now = Date.now()
  await rename('The New Name', now)
  expect(await nameOf()).toBe('The New Name')
  await rename('An Old Name', now - 60_000)
  expect(await nameOf()).toBe('The New Name')
})

test('an event about a location that nobody installed reaches the company that has the app', async () => {
  const sent = send('LocationCreate', (body) => ({ ...body, id: newId(), companyId: agency.id }))
  const [stored] = await settled([sent]).then((all) => [...all.values()])
  expect(stored).toMatchObject({ tenant_id: agency.tenantId, state: 'done', reason: 'no_flow' })
})

test('no call is made for what no flow waits for', async () => {
  line.highLevel.control.clearRequests()
  const types = TYPES.filter((type) => !LIFECYCLE.includes(type) && !type.startsWith('Contact'))
  await settled(types.map((type) => send(type)))
  const records = line.highLevel.control.requests().filter(({ path }) => !path.startsWith('/oauth/'))
  expect(records.map(({ path }) => path)).toEqual([])
})
