import { type ContactBody, detailNames } from './contact-body.ts'
import { Refusal } from './refusal.ts'
import { type Account, type Contact, nextId, timestamp, type World } from './state.ts'

export const findContact = (account: Account, id: number): Contact | undefined =>
  account.contacts.find((contact) => contact.id === id)

export function getContact(account: Account, id: number): Contact {
  const contact = findContact(account, id)
  if (!contact) throw new Refusal('ResourceNotFound')
  return contact
}

/**
 * Creates, or returns who is already known by e-mail, then by number. A deleted record comes back as it is: still deleted.
 */
export function upsertContact(world: World, account: Account, body: ContactBody, solveMerge = false): Contact {
  if (!body.email && !body.sms) throw new Refusal('InvalidResource', { email: ['Either Email or Sms is required.'] })
  const byEmail = findByEmail(account, body.email)
  const bySms = findBySms(account, body.sms)
  if (byEmail && bySms && byEmail !== bySms) {
    if (!solveMerge) throw refuseMerge(world, account, body)
    absorb(world, account, { kept: byEmail, gone: bySms })
  }
  const known = byEmail ?? bySms
  if (!known) return createContact(world, account, body)
  if (world.state.modes.knownContact === 'updates') applyBody(world, account, known, { ...body, is_deleted: undefined })
  return known
}

export function createContact(world: World, account: Account, body: ContactBody): Contact {
  const now = timestamp(world)
  const contact: Contact = {
    id: nextId(world),
    email: null,
    sms: null,
    // Nothing says which status a contact has that came without one; this one claims no consent.
    status: 'None',
    sms_status: 'None',
    is_do_not_mail: false,
    is_deleted: false,
    delivery: 'fine',
    details: {},
    createdAt: now,
    stateChangedAt: now,
    changedAt: now,
  }
  applyBody(world, account, contact, body)
  account.contacts.push(contact)
  return contact
}

/** Changes what the body names and nothing else. */
export function updateContact(world: World, account: Account, id: number, body: ContactBody): Contact {
  const contact = getContact(account, id)
  const others = [findByEmail(account, body.email), findBySms(account, body.sms)]
  // The glossary names only POST's clash; an address or number that is taken can hardly be allowed here.
  if (others.some((other) => other && other !== contact)) throw refuseMerge(world, account, { ...contact, ...body })
  applyBody(world, account, contact, body)
  return contact
}

/** That deleting also sets do-not-mail is inferred: one client has to clear both to bring a contact back. */
export function deleteContact(world: World, account: Account, id: number): Contact {
  const contact = getContact(account, id)
  applyBody(world, account, contact, { is_deleted: true, is_do_not_mail: true })
  return contact
}

/** What the contact list calls the state. How it follows from the flags is our reading of the names. */
export function stateOf(contact: Contact): string {
  if (contact.is_deleted) return 'INACTIVE'
  if (contact.delivery !== 'fine') return contact.delivery
  if (contact.status === 'Unsubscribed') return 'CUSTOMER_REQUEST'
  return contact.is_do_not_mail ? 'INACTIVE' : 'ACTIVE'
}

export function contactView(contact: Contact): Record<string, unknown> {
  return {
    id: contact.id,
    state: stateOf(contact),
    is_optined: contact.status === 'Subscribed',
    email: contact.email,
    sms: contact.sms,
    status: contact.status,
    sms_status: contact.sms_status,
    is_do_not_mail: contact.is_do_not_mail,
    is_deleted: contact.is_deleted,
    ...Object.fromEntries(detailNames.map((name) => [name, contact.details[name] ?? null])),
  }
}

export function matchesSearch(contact: Contact, term: string): boolean {
  const needle = term.trim().toLowerCase()
  return Boolean(contact.email?.includes(needle) || contact.sms?.toLowerCase().includes(needle))
}

function applyBody(world: World, account: Account, contact: Contact, body: ContactBody): void {
  const before = JSON.stringify(contact)
  const state = JSON.stringify(stateFlags(contact))
  if (contact.is_do_not_mail && changesStatus(contact, body)) throw new Refusal('MethodNotAllowedDoNotMail')
  // An empty value erases; only what is left out stays.
  if (body.email !== undefined) contact.email = body.email?.toLowerCase() || null
  if (body.sms !== undefined) contact.sms = body.sms || null
  contact.status = body.status ?? contact.status
  contact.sms_status = body.sms_status ?? contact.sms_status
  contact.is_do_not_mail = body.is_do_not_mail ?? contact.is_do_not_mail
  contact.is_deleted = body.is_deleted ?? contact.is_deleted
  for (const name of detailNames) applyDetail(contact, name, body[name])
  const hasChanged = JSON.stringify(contact) !== before
  if (hasChanged) contact.changedAt = timestamp(world)
  if (JSON.stringify(stateFlags(contact)) !== state) contact.stateChangedAt = timestamp(world)
  world.changed()
  if (hasChanged) world.hooks.contactChanged(account, contact)
}

function applyDetail(contact: Contact, name: string, value: unknown): void {
  if (value === undefined) return
  if (value === null || value === '') delete contact.details[name]
  else if (typeof value === 'number') contact.details[name] = value
  else contact.details[name] = isDate(name) ? withTime(String(value)) : String(value)
}

const isDate = (name: string): boolean => /^(birthday|anniversary|date\d)$/.test(name)
const withTime = (date: string): string => (date.includes('T') ? date.slice(0, 19) : `${date}T00:00:00`)

const stateFlags = (contact: Contact): unknown[] => [
  contact.status,
  contact.sms_status,
  contact.is_do_not_mail,
  contact.is_deleted,
  contact.delivery,
]

const changesStatus = (contact: Contact, body: ContactBody): boolean =>
  (body.status ?? contact.status) !== contact.status || (body.sms_status ?? contact.sms_status) !== contact.sms_status

const findByEmail = (account: Account, email: string | null | undefined): Contact | undefined =>
  email ? account.contacts.find((contact) => contact.email === email.toLowerCase()) : undefined

const findBySms = (account: Account, sms: string | null | undefined): Contact | undefined =>
  sms ? account.contacts.find((contact) => contact.sms && numberOf(contact.sms) === numberOf(sms)) : undefined

/** Local `05…` and `+972…` are taken for the same number; the vendor's own rule is not published. */
const numberOf = (sms: string): string => sms.replace(/\D/g, '').replace(/^0/, '972')

function refuseMerge(world: World, account: Account, body: ContactBody): Refusal {
  const { email, sms } = { email: body.email ?? '', sms: body.sms ?? '' }
  if (!account.merges.some((merge) => merge.email === email && merge.sms === sms)) {
    account.merges.push({ id: nextId(world), email, sms, createdAt: timestamp(world) })
    world.changed()
  }
  return new Refusal('ResolveMergeNeeded')
}

/** Who survives a solved merge is our guess: the one with the e-mail address, which is the identity. */
function absorb(world: World, account: Account, { kept, gone }: { kept: Contact; gone: Contact }): void {
  const sms = gone.sms
  applyBody(world, account, gone, { sms: null, is_deleted: true })
  applyBody(world, account, kept, { sms })
  account.merges = account.merges.filter((merge) => merge.email !== kept.email)
}
