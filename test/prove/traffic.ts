import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from '../support/line.ts'
import type { Random } from '../support/random.ts'
import type { ConnectedTenant } from '../webhooks/tenants.ts'
import type { Outgoing, Sender } from './sender.ts'

/** Everything that is sent: new contacts, changes of known ones, events nobody waits for, and repeats. */
export type Traffic = {
  /** E-mail addresses of the contacts whose creation was sent. */
  emails: Map<string, ConnectedTenant>
  /** Ids of the deliveries that concern a contact: each must come to exactly one run. */
  contactEvents: Set<string>
  repeats(): number
  /** Resolves when what is under way is acknowledged. */
  stop(): Promise<void>
}

const SENDERS = 12
/** Together about 80 a second: the processes that start again and again need most of the machine. */
const PAUSE_MS = 150

export function startTraffic(deps: {
  line: Line
  tenants: ConnectedTenant[]
  sender: Sender
  random: Random
}): Traffic {
  const { line, tenants, sender, random } = deps
  const { control } = line.highLevel
  const emails = new Map<string, ConnectedTenant>()
  const contactEvents = new Set<string>()
  const known: { tenant: ConnectedTenant; contactId: string }[] = []
  const sent: Outgoing[] = []
  let count = 0
  let repeats = 0
  let stopping = false

  const create = (): Outgoing => {
    const tenant = random.pick(tenants)
    const email = `person-${++count}@example.com`
    control.dropNextWebhooks(1) // sent by hand instead
    const { id } = control.createContact(tenant.locationId, { email, firstName: `Person ${count}` })
    known.push({ tenant, contactId: id })
    if (known.length > 200) known.shift()
    emails.set(email, tenant)
    return event(tenant, 'ContactCreate', id)
  }
  const change = (): Outgoing => {
    const { tenant, contactId } = random.pick(known)
    return event(tenant, 'ContactUpdate', contactId)
  }
  const event = (tenant: ConnectedTenant, type: string, id: string): Outgoing => {
    const webhookId = idOf(random)
    if (type.startsWith('Contact')) contactEvents.add(webhookId)
    const { appId } = line.config.highLevel
    const timestamp = new Date().toISOString()
    const body = JSON.stringify({ type, locationId: tenant.locationId, appId, id, timestamp, webhookId })
    const outgoing = { webhookId, body, signature: control.sign(body) }
    sent.push(outgoing)
    if (sent.length > 500) sent.shift()
    return outgoing
  }
  const next = (): Outgoing => {
    const dice = random.next()
    if (dice < 0.3 || known.length === 0) return create()
    if (dice < 0.75) return change()
    if (dice < 0.85) return event(random.pick(tenants), 'InvoiceSent', 'someInvoice')
    repeats++
    return random.pick(sent)
  }
  const loop = async (): Promise<void> => {
    while (!stopping) {
      await sender.send(next())
      await sleep(PAUSE_MS)
    }
  }
  const loops = Array.from({ length: SENDERS }, loop)
  return {
    emails,
    contactEvents,
    repeats: () => repeats,
    stop: async () => {
      stopping = true
      await Promise.all(loops)
    },
  }
}

const idOf = (random: Random): string =>
  createHash('sha256').update(String(random.next())).update(String(random.next())).digest('hex').slice(0, 40)
