import { countWrites } from '../count-writes.ts'
import type { Ground } from '../ground.ts'

type Tenant = Awaited<ReturnType<Ground['openTenant']>>

/** One way of an import: what is there at first, the flow that carries it, and what came of it on the other side. */
export type ImportWay = {
  add(ground: Ground, tenant: Tenant, count: number): void
  /** How many it will look at. */
  countAll(ground: Ground, tenant: Tenant): number
  flowId(ground: Ground, tenant: Tenant): Promise<string>
  /** Creations that were taken there, by address, while it lasts. */
  countCreations(ground: Ground, tenant: Tenant): { stop(): Map<string, number> }
  emailsThere(ground: Ground, tenant: Tenant): string[]
}

export const emailOf = (number: number): string => `brought.${number}@example.com`

const toPartner: ImportWay = {
  add: ({ line }, { locationId }, count) => {
    const { control } = line.highLevel
    control.dropNextWebhooks(count)
    for (let number = 0; number < count; number++) {
      control.createContact(locationId, { email: emailOf(number), firstName: 'Dana', lastName: `Levi ${number}` })
    }
  },
  countAll: ({ line }, { locationId }) => line.highLevel.control.contacts(locationId).length,
  flowId: async ({ sql }, { tenantId }) => (await sql('flows').where({ tenant_id: tenantId }).first('id')).id,
  countCreations: ({ line }) => countWrites(line.activeTrail),
  emailsThere: ({ line }, { token }) => line.activeTrail.control.contacts(token).map(({ email }) => String(email)),
}

const toPlatform: ImportWay = {
  add: ({ line }, { token }, count) => {
    line.activeTrail.control.setModes({ webhooks: 'silent' })
    for (let number = 0; number < count; number++) {
      const person = { email: emailOf(number), first_name: 'Dana', last_name: `Levi ${number}` }
      line.activeTrail.control.createContact({ ...person, sms: `05${20_000_000 + number}` }, token)
    }
  },
  countAll: ({ line }, { token }) => line.activeTrail.control.contacts(token).length,
  flowId: async ({ sql }, { tenantId, owner }) => {
    const connection = await sql('connections').where({ tenant_id: tenantId }).first('id')
    const ready = { kind: 'ready', connectionId: connection.id, key: 'contacts_back' }
    const { id } = (await (await owner.send('POST', '/settings/flows', ready)).json()) as { id: string }
    await owner.send('PUT', `/settings/flows/${id}/switch`, { enabled: true })
    return id
  },
  countCreations: (ground, { locationId }) => {
    const { control } = ground.line.highLevel
    const known = new Set(control.contacts(locationId).map(({ id }) => id))
    return {
      stop: () => {
        const made = control.contacts(locationId).filter(({ id }) => !known.has(id))
        return new Map(
          [...Map.groupBy(made, ({ email }) => String(email))].map(([email, some]) => [email, some.length]),
        )
      },
    }
  },
  emailsThere: ({ line }, { locationId }) =>
    line.highLevel.control.contacts(locationId).map(({ email }) => String(email)),
}

export const IMPORT_WAYS = { toPartner, toPlatform }
