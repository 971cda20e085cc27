import { expect } from 'vitest'
import type { ContactInput } from '../../src/sandbox/highlevel/contact-input.ts'
import { listRuns, type RunView } from '../../src/sync/run-store.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { hookRegistered } from './hooked.ts'
import type { Line } from './line.ts'
import { eventually, install, type Owner, openPage } from './people.ts'

/** A location that has installed the app and connected an ActiveTrail account of its own. */
export type Account = {
  locationId: string
  tenantId: string
  /** Of its ActiveTrail account. */
  token: string
  owner: Owner
  connectionId: string
  /** In HighLevel, by its people. Resolves when all that follows from it has been worked on. */
  create(input: ContactInput): Promise<string>
  edit(contactId: string, input: ContactInput): Promise<void>
  /** Everything that HighLevel has told has been worked on, or waits. */
  settled(): Promise<void>
  /** Newest first; those of one contact if one is given. */
  runs(contactId?: string): Promise<(RunView & { highLevelId: string; deliveryId: string })[]>
  /** In ActiveTrail: the contacts that meet the condition, deleted ones included. */
  there(condition: Record<string, unknown>): Record<string, unknown>[]
  only(condition: Record<string, unknown>): Record<string, unknown> & { id: number; groups: string[] }
  groups(name?: string): { id: number; name: string; members: { id: number }[] }[]
  deliveries(): Promise<{ state: string; reason: string | null; type: string }[]>
}

/** With an ActiveTrail account of its own, unless the token of another one is given. */
export async function openAccount(line: Line, position: number, partnerToken?: string): Promise<Account> {
  const { highLevel, activeTrail, database } = line
  const location = highLevel.control.locations()[position]
  if (!location) throw new Error(`There is no location ${position}.`)
  const locationId = location.id
  const tenantId = locationTenantId(line.config.highLevel.appId, locationId)
  expect((await install(line, locationId)).status).toBe(200)
  const token = partnerToken ?? activeTrail.control.createAccount(location.name).token
  const admin = highLevel.control.users(locationId).find((user) => user.type !== 'agency' && user.role === 'admin')
  const owner = await openPage(line, String(admin?.id), locationId)
  const connected = await owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token },
  })
  expect(connected.status).toBe(201)
  const { id: connectionId } = (await connected.json()) as { id: string }
  if (line.works) await hookRegistered(line, connectionId)

  const deliveries: Account['deliveries'] = () =>
    database.asTenant(tenantId, async (db) =>
      db
        .sql('deliveries')
        .where({ tenant_id: tenantId })
        .orderBy('id')
        .select({ state: 'state', reason: 'reason', type: 'event_type' }),
    )
  const settled = async (): Promise<void> => {
    await highLevel.control.webhooksSettled(20_000)
    await eventually(
      async () => (await deliveries()).filter(({ state }) => state === 'received').length,
      (waiting) => waiting === 0,
      60_000,
    )
  }
  const there: Account['there'] = (condition) =>
    activeTrail.control
      .contacts(token)
      .filter((contact) => Object.entries(condition).every(([name, value]) => contact[name] === value))

  return {
    locationId,
    tenantId,
    token,
    owner,
    connectionId,
    create: async (input) => {
      const { id } = highLevel.control.createContact(locationId, input)
      await settled()
      return id
    },
    edit: async (contactId, input) => {
      highLevel.control.updateContact(contactId, input)
      await settled()
    },
    settled,
    runs: (contactId) =>
      database.asTenant(tenantId, async (db) => {
        const views = await listRuns(db, 5000)
        const rows = await db.sql('runs').where({ tenant_id: tenantId }).select('id', 'highlevel_id', 'delivery_id')
        const about = new Map(
          rows.map((row) => [row.id, { highLevelId: String(row.highlevel_id), deliveryId: String(row.delivery_id) }]),
        )
        const runs = views.map((run) => ({ ...run, ...(about.get(run.id) ?? expect.unreachable()) }))
        return runs.filter((run) => contactId === undefined || run.highLevelId === contactId)
      }),
    there,
    only: (condition) => {
      const found = there(condition)
      expect(found).toHaveLength(1)
      return found[0] as ReturnType<Account['only']>
    },
    groups: (name) => activeTrail.control.groups(token).filter((group) => name === undefined || group.name === name),
    deliveries,
  }
}
