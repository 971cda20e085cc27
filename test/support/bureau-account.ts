import { expect } from 'vitest'
import type { DeleteRule, FlowDefinition, MappingRow, MappingSource } from '../../src/connectors/flow-definition.ts'
import { insertFlow } from '../../src/flows/flow-store.ts'
import { newId } from '../../src/lib/ids.ts'
import { listRuns, type RunView } from '../../src/sync/run-store.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import type { Bureau, BureauRecord, Kind } from './bureau.ts'
import { hookRegistered } from './hooked.ts'
import type { Line } from './line.ts'
import { eventually, install, openPage } from './people.ts'

type Way = 'out' | 'back'
type Thing = 'contact' | 'task' | 'note' | 'appointment' | 'opportunity'
/** `constants`: what the platform wants to be told beside what the bureau knows. */
type Rules = { onDelete?: DeleteRule; constants?: Record<string, string> }

/** A location with the app and an account of its own at the bureau. */
export type BureauAccount = {
  locationId: string
  tenantId: string
  key: string
  connectionId: string
  /** Keeps such records in step, one way, until `stop`; `out` is from the platform. */
  keep(way: Way, thing: Thing, rules?: Rules): Promise<void>
  /** All that was told on either side has been worked on, and what followed from it. */
  settled(): Promise<void>
  runs(): Promise<RunView[]>
  /** Runs one operation at each such event, until `stop`; what it is told by the fields of the event's record. */
  act(trigger: string, operation: string, told: Record<string, string>): Promise<void>
  stop(): Promise<void>
  /** What the runs of the last such flow came to, each sort once. */
  outcomes(way: Way, thing: Thing): Promise<[RunView['outcome'], string | null][]>
  /** At the bureau, of one contact. */
  there(kind: Kind, contact?: string): BureauRecord[]
}

const ROWS: Record<Thing, [here: string, there: string][]> = {
  contact: [
    ['email', 'email'],
    ['firstName', 'name'],
  ],
  task: [
    ['title', 'text'],
    ['dueDate', 'due'],
    ['completed', 'done'],
  ],
  note: [['body', 'text']],
  appointment: [
    ['title', 'subject'],
    ['startTime', 'begins'],
    ['endTime', 'ends'],
    ['status', 'state'],
  ],
  opportunity: [
    ['name', 'name'],
    ['monetaryValue', 'worth'],
    ['status', 'state'],
  ],
}

const NOTHING: DeleteRule = { kind: 'nothing' }

const row = (target: string, source: MappingSource): MappingRow => ({
  ...{ target, source, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
})

export function syncDefinition(
  way: Way,
  thing: Thing,
  { onDelete = NOTHING, constants = {} }: Rules = {},
): FlowDefinition {
  const rows = [
    ...ROWS[thing].map(([here, there]) =>
      way === 'out' ? row(there, { kind: 'field', field: here }) : row(here, { kind: 'field', field: there }),
    ),
    ...Object.entries(constants).map(([target, value]) => row(target, { kind: 'constant', value })),
  ]
  return {
    trigger: `${way === 'out' ? 'highlevel' : 'bureau'}.${thing}_changed`,
    ...{ options: {}, conditions: null, leave: [], onDelete },
    enter: [
      {
        ...{ id: 'keep', kind: 'sync', object: thing, rows, branches: [] },
        ...{ consent: false, labels: { kind: 'none' }, creates: true },
      },
    ],
  }
}

export async function openBureauAccount(line: Line, bureau: Bureau, position: number): Promise<BureauAccount> {
  const { highLevel, database } = line
  const locationId = String(highLevel.control.locations()[position]?.id)
  const tenantId = locationTenantId(line.config.highLevel.appId, locationId)
  const key = bureau.open()
  expect((await install(line, locationId)).status).toBe(200)
  const admin = highLevel.control.users(locationId).find((user) => user.type !== 'agency' && user.role === 'admin')
  const owner = await openPage(line, String(admin?.id), locationId)
  const connected = await owner.send('POST', '/settings/connections', { partner: 'bureau', credentials: { key } })
  expect(connected.status).toBe(201)
  const { id: connectionId } = (await connected.json()) as { id: string }
  await hookRegistered(line, connectionId)

  const waiting = async (): Promise<number> => {
    await highLevel.control.webhooksSettled(20_000)
    await bureau.settled()
    const left = () => line.database.system.sql('deliveries').where({ tenant_id: tenantId, state: 'received' })
    await left().whereNotNull('due_at').update({ due_at: new Date() }) // how long to wait is tested elsewhere
    return Number((await left().count('* as count').first())?.count)
  }
  const flows = new Map<string, string>()
  const runs = (): Promise<RunView[]> => database.asTenant(tenantId, (db) => listRuns(db, 1000))
  return {
    ...{ locationId, tenantId, key, connectionId, runs },
    keep: (way, thing, rules) =>
      database.asTenant(tenantId, async (db) => {
        const id = newId()
        flows.set(`${way} ${thing}`, `${thing} ${id}`)
        await insertFlow(db, {
          ...{ id, connectionId, template: null, name: `${thing} ${id}`, enabled: true },
          ...{ definition: syncDefinition(way, thing, rules), author: 'owner', at: new Date() },
        })
      }),
    act: (trigger, operation, told) =>
      database.asTenant(tenantId, async (db) => {
        const rows = Object.entries(told).map(([target, field]) => row(target, { kind: 'field', field }))
        const definition: FlowDefinition = {
          ...{ trigger, options: {}, conditions: null, leave: [], onDelete: NOTHING },
          enter: [{ id: 'act', kind: 'operation', operation, rows, branches: [] }],
        }
        const flow = { id: newId(), connectionId, template: null, name: trigger, enabled: true, definition }
        await insertFlow(db, { ...flow, author: 'owner', at: new Date() })
      }),
    stop: async () => {
      await line.database.system.sql('flows').where({ connection_id: connectionId }).update({ enabled: false })
    },
    settled: async () => {
      let quietLooks = 0
      const look = async (): Promise<number> => {
        quietLooks = (await waiting()) === 0 ? quietLooks + 1 : 0
        return quietLooks
      }
      await eventually(look, (looks) => looks >= 3, 60_000)
    },
    outcomes: async (way, thing) => {
      const own = (await runs()).filter(({ flowName }) => flowName === flows.get(`${way} ${thing}`))
      return [
        ...new Map(own.map(({ outcome, reason }) => [`${outcome} ${reason}`, [outcome, reason] as const])).values(),
      ].map(([outcome, reason]): [RunView['outcome'], string | null] => [outcome, reason])
    },
    there: (kind, contact) =>
      bureau.list(key, kind).filter((record) => contact === undefined || record.contact === contact),
  }
}
