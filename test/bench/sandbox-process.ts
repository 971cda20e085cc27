import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import { createActiveTrailSandbox } from '../../src/sandbox/activetrail/sandbox.ts'
import { type AppRegistration, createHighLevelSandbox } from '../../src/sandbox/highlevel/sandbox.ts'
import { monotonic } from './clock.ts'
import { answerParent } from './helper-process.ts'

/** A contact that is about to change at HighLevel, and the webhook that tells of it: signed, and not sent yet. */
export type BenchEvent = { contactId: string; webhookId: string; type: string; body: string; signature: string }

/** One side was asked about a contact. On the machine's monotonic clock. */
export type Sighting = {
  contactId: string
  side: 'highlevel' | 'activetrail'
  method: string
  at: number
  done: number
  status: number
}

/** One call of HighLevel's API: what it was for, on the machine's monotonic clock. */
export type Call = { kind: string; at: number }

export type Tenant = { locationId: string; installUrl: string; payload: string; token: string }

const WITHOUT_END = 1e9

const registration: AppRegistration = JSON.parse(process.argv[2] ?? '')
const highLevel = createHighLevelSandbox({ registration })
const activeTrail = createActiveTrailSandbox()
activeTrail.control.setModes({ webhooks: 'silent' }) // what is measured is the way there
const locations: string[] = []
const contactIds = new Map<string, string>()
let sightings: Sighting[] = []
let refusals = 0
let searches = 0
let calls: Call[] = []
let made = 0

const actions = {
  listen: async () => ({
    publicKeyPem: highLevel.publicKeyPem,
    highLevelUrl: await serve(highLevel.handler, noteHighLevel),
    activeTrailUrl: await serve(activeTrail.handler, noteActiveTrail),
  }),

  /** A location with someone of its agency who installs the app there, and an ActiveTrail account of its own. */
  openTenant: ({ quiet }: { quiet: boolean }): Tenant => {
    const company = highLevel.control.companies()[0]
    const owner = highLevel.control.users().find((user) => user.type === 'agency' && user.companyId === company?.id)
    if (!company || !owner) throw new Error('The sandbox has no agency.')
    const name = `Location ${++made}`
    const { id } = highLevel.control.createLocation(company.id, name)
    if (quiet) highLevel.control.dropNextWebhooks(1)
    else locations.push(id)
    const installUrl = highLevel.control.installLocation(id)
    const payload = highLevel.control.sealUserData(owner.id, id)
    return { locationId: id, installUrl, payload, token: activeTrail.control.createAccount(name).token }
  },

  /** Changes contacts at HighLevel; their webhooks are kept for the load to send. */
  change: ({ create, update }: { create: number; update: string[] }): BenchEvent[] => [
    ...Array.from({ length: create }, createContact),
    ...update.map(updateContact),
  ],

  /** A contact that no webhook tells of, to be read over and over. */
  addContact: ({ locationId }: { locationId: string }): string => {
    highLevel.control.dropNextWebhooks(1)
    const { id } = highLevel.control.createContact(locationId, {
      firstName: 'Floor',
      email: `${locationId}@example.com`,
    })
    return id
  },

  /** Contacts that no webhook tells of. */
  addContacts: ({ locationId, count }: { locationId: string; count: number }): void => {
    highLevel.control.dropNextWebhooks(count)
    for (let number = 0; number < count; number++) {
      const email = `import.${++made}@example.com`
      highLevel.control.createContact(locationId, { email, firstName: 'Dana', lastName: `Levi ${made}`, city: 'Haifa' })
    }
  },

  /** Searches for contacts since the last time, and from now on each answer of the platform takes so long. */
  takeSearches: ({ delayMs }: { delayMs: number }): number => {
    const count = searches
    searches = 0
    highLevel.control.clearFaults()
    if (delayMs > 0) highLevel.control.failNext({ kind: 'slow', path: '/contacts/search', delayMs, times: WITHOUT_END })
    return count
  },

  /** From now on ActiveTrail takes this long to answer. */
  slowDown: ({ ms }: { ms: number }): void => {
    activeTrail.control.clearFaults()
    if (ms > 0) activeTrail.control.fail({ delayMs: ms, times: WITHOUT_END })
  },

  /** What was seen since the last time. */
  takeSightings: (): Sighting[] => {
    const seen = sightings
    sightings = []
    return seen
  },
  refusals: (): number => refusals,

  /** Contacts that nobody tells of, in an ActiveTrail account. */
  addPartnerContacts: ({ token, count }: { token: string; count: number }): void => {
    for (let number = 0; number < count; number++) {
      const person = { email: `back.${++made}@example.com`, first_name: 'Dana', last_name: `Levi ${made}` }
      const sms = `05${String(20_000_000 + made)}`
      activeTrail.control.createContact({ ...person, sms, city: 'Haifa', street: `Herzl ${made}` }, token)
    }
  },

  /** Calls of HighLevel's API since the last time, those for tokens left out. */
  takeCalls: (): Call[] => {
    const seen = calls
    calls = []
    return seen
  },
}

export type SandboxActions = typeof actions

function createContact(): BenchEvent {
  const number = ++made
  const locationId = locations[number % locations.length] ?? ''
  const email = `person.${number}@example.com`
  const event = heard(() =>
    highLevel.control.createContact(locationId, {
      firstName: 'Dana',
      lastName: `Levi ${number}`,
      email,
      phone: `+97250${String(number).padStart(7, '0')}`,
      address1: `Herzl ${number}`,
      city: 'Haifa',
      postalCode: '31000',
      source: 'bench',
    }),
  )
  contactIds.set(email, event.contactId)
  return event
}

const updateContact = (contactId: string): BenchEvent =>
  heard(() => highLevel.control.updateContact(contactId, { address1: `Allenby ${++made}` }))

/** What HighLevel would have sent of a change. */
function heard(change: () => { id: string }): BenchEvent {
  highLevel.control.dropNextWebhooks(1)
  const { id } = change()
  const webhook = highLevel.control.deliveries().at(-1)
  if (!webhook?.body.includes(id)) throw new Error('The sandbox told nothing of a change.')
  const { webhookId, type, body, signature } = webhook
  return { contactId: id, webhookId, type, body, signature }
}

/** As Express left it: `url` itself may have lost what a router was mounted at. */
type Asked = IncomingMessage & { originalUrl?: string; body?: { email?: string } }
type Times = Pick<Sighting, 'method' | 'at' | 'done' | 'status'>

function noteHighLevel({ originalUrl: url = '' }: Asked, times: Times): void {
  const kind = kindOf(times.method, url)
  if (kind) calls.push({ kind, at: times.at })
  const contactId = /^\/contacts\/(\w+)$/.exec(url)?.[1]
  if (contactId === 'search') searches += 1
  else if (contactId) sightings.push({ contactId, side: 'highlevel', ...times })
}

/** Undefined for what no limit counts. */
function kindOf(method: string, url: string): string | undefined {
  const { pathname } = new URL(url, 'http://sandbox')
  if (pathname.startsWith('/oauth') || pathname.startsWith('/app')) return undefined
  if (method === 'POST' && pathname === '/contacts/') return 'create'
  return `${method} ${pathname.replace(/^(\/(?:contacts|locations))\/(?!search|upsert)[^/]+/, '$1/:id')}`
}

/** A contact is spoken of by its address, in the body or as a search, or by its id there. */
function noteActiveTrail(request: Asked, times: Times): void {
  const { pathname, searchParams } = new URL(request.originalUrl ?? '', 'http://sandbox')
  const id = Number(/^\/api\/contacts\/(\d+)$/.exec(pathname)?.[1])
  const email = id
    ? emailOf(id, request.headers.authorization)
    : (request.body?.email ?? searchParams.get('SearchTerm'))
  const contactId = contactIds.get(email ?? '')
  if (contactId) sightings.push({ contactId, side: 'activetrail', ...times })
}

const emailOf = (id: number, token: string | undefined): string =>
  String(activeTrail.control.contacts(token).find((contact) => contact.id === id)?.email)

async function serve(app: Express, note: (request: Asked, times: Times) => void): Promise<string> {
  const server = createServer((request, response) => {
    const at = monotonic()
    response.on('finish', () => {
      if (response.statusCode === 429) refusals += 1
      note(request, { method: request.method ?? '', at, done: monotonic(), status: response.statusCode })
    })
    app(request, response)
  })
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

answerParent(actions)
