import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectedTenant } from '../webhooks/tenants.ts'
import type { Ground } from './ground.ts'
import type { Outgoing, Sender } from './sender.ts'

/** A contact at HighLevel whose creation was sent. */
export type KnownContact = { tenant: ConnectedTenant; contactId: string; email: string }

/** Everything that is sent: new contacts, changes of known ones, events nobody waits for, repeats and copies at once. */
export type Traffic = {
  contacts: KnownContact[]
  /** Ids of the deliveries that concern a contact: each must come to exactly one run. */
  contactEvents: Set<string>
  repeats(): number
  /** Resolves when what is under way is acknowledged. */
  stop(): Promise<void>
}

const SENDERS = 12
/** Together about 80 a second: the processes that start again and again need most of the machine. */
const PAUSE_MS = 150
const MOST_KNOWN = 200
const COPIES = 4

/**
 * A contact's next event is sent when the one before it is acknowledged: only of those is it certain in which order they
 * were stored.
 */
export function startTraffic(
  { line, event, random }: Ground,
  { tenants, sender }: { tenants: ConnectedTenant[]; sender: Sender },
): Traffic {
  const { control } = line.highLevel
  const contacts: KnownContact[] = []
  const contactEvents = new Set<string>()
  const idle: KnownContact[] = []
  const sent: Outgoing[] = []
  let count = 0
  let repeats = 0
  let stopping = false

  const create = async (): Promise<void> => {
    const tenant = random.pick(tenants)
    const email = `person-${++count}@example.com`
    control.dropNextWebhooks(1) // sent by hand instead
    const { id } = control.createContact(tenant.locationId, { email, firstName: `Person ${count}` })
    const contact = { tenant, contactId: id, email }
    contacts.push(contact)
    await sendOf(contact, 'ContactCreate')
  }
  const change = async (contact: KnownContact): Promise<void> => {
    control.dropNextWebhooks(1)
    control.updateContact(contact.contactId, { firstName: `Person ${++count}` })
    await sendOf(contact, 'ContactUpdate')
  }
  const sendOf = async (contact: KnownContact, type: string): Promise<void> => {
    const outgoing = event(contact.tenant.locationId, { type, id: contact.contactId })
    contactEvents.add(outgoing.webhookId)
    await send(outgoing)
    idle.push(contact)
    if (idle.length > MOST_KNOWN) idle.shift()
  }
  const send = async (outgoing: Outgoing): Promise<void> => {
    sent.push(outgoing)
    if (sent.length > 500) sent.shift()
    const copies = random.next() < 0.05 ? COPIES : 1
    repeats += copies - 1
    await Promise.all(Array.from({ length: copies }, () => sender.send(outgoing)))
  }
  const next = async (): Promise<void> => {
    const dice = random.next()
    if (dice < 0.3 || idle.length === 0) return create()
    if (dice < 0.75) return change(idle.splice(random.between(0, idle.length - 1), 1)[0] as KnownContact)
    const { locationId } = random.pick(tenants)
    if (dice < 0.85) return send(event(locationId, { type: 'InvoiceSent', id: `invoice${++count}` })) // of its own: they are sent side by side
    repeats++
    await sender.send(random.pick(sent))
  }
  const loop = async (): Promise<void> => {
    while (!stopping) {
      await next()
      await sleep(PAUSE_MS)
    }
  }
  const loops = Array.from({ length: SENDERS }, loop)
  return {
    contacts,
    contactEvents,
    repeats: () => repeats,
    stop: async () => {
      stopping = true
      await Promise.all(loops)
    },
  }
}
