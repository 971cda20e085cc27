import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import type { Line } from '../support/line.ts'
import { eventually, install, type Owner, openPage } from '../support/people.ts'
import { type StoredDelivery, storedAs } from './platform.ts'

/** A location that installed the app and connected an ActiveTrail account of its own. */
export type ConnectedTenant = {
  tenantId: string
  locationId: string
  token: string
  owner: Owner
  /** A contact of the location whose own events have been worked on. */
  addContact(email: string): Promise<string>
  /** Sends an event and waits until it is answered. */
  send(type: string, contactId: string): Promise<string>
}

export async function connectTenant(line: Line, index: number): Promise<ConnectedTenant> {
  const { control } = line.highLevel
  const locationId = String(control.locations()[index]?.id)
  await install(line, locationId)
  const users = control.users(locationId).filter(({ role }) => role === 'admin')
  const admin = users.find(({ type }) => type !== 'agency') ?? users[0] // one just opened has nobody but its agency
  const owner = await openPage(line, String(admin?.id), locationId)
  const { token } = line.activeTrail.control.createAccount(`Account ${index}`)
  const connected = await owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token },
  })
  if (connected.status !== 201) throw new Error(`It did not connect: ${connected.status}`)
  return {
    tenantId: locationTenantId(line.config.highLevel.appId, locationId),
    locationId,
    token,
    owner,
    addContact: async (email) => {
      const { id } = control.createContact(locationId, { email, firstName: 'First' })
      await allSettled(line)
      return id
    },
    send: async (type, contactId) => {
      const { webhookId } = control.sendWebhook({
        type,
        locationId,
        appId: line.config.highLevel.appId,
        id: contactId,
        timestamp: new Date().toISOString(),
        webhookId: crypto.randomUUID(),
      })
      await eventually(
        () => storedAs(line, webhookId),
        (found) => found.length === 1,
      )
      return webhookId
    },
  }
}

export const stateOf = async (line: Line, webhookId: string): Promise<StoredDelivery> => {
  const [stored] = await storedAs(line, webhookId)
  if (!stored) throw new Error('It is not stored.')
  return stored
}

/** Waits until the delivery is in the state. */
export const reaches = (line: Line, webhookId: string, state: string, forMs?: number): Promise<StoredDelivery> =>
  eventually(
    () => stateOf(line, webhookId),
    (stored) => stored.state === state,
    forMs,
  )

/** Waits until nothing is left to be worked on. */
export async function allSettled(line: Line): Promise<void> {
  await line.highLevel.control.webhooksSettled()
  await eventually(
    () => line.database.system.sql('deliveries').where({ state: 'received' }).pluck('delivery_id'),
    (waiting) => waiting.length === 0,
  )
}

/** The deliveries in the order in which they were finished. */
export const inOrderOfFinishing = (line: Line, webhookIds: string[]): Promise<string[]> =>
  line.database.system.sql('deliveries').whereIn('delivery_id', webhookIds).orderBy('finished_at').pluck('delivery_id')
