import pg from 'pg'
import { composeCore } from '../../src/compose/core.ts'
import { readConfig } from '../../src/config.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import type { SyncDeps } from '../../src/sync/sync-deps.ts'
import { takePlatformEvents } from '../../src/sync/take-platform-events.ts'
import type { Town } from './town.ts'

const STAGES = ['take', 'HighLevel read', 'plan', 'ledger', 'partner call', 'store'] as const
type Stage = (typeof STAGES)[number]

/** For one change, on average: milliseconds of CPU, and what was sent to Postgres. */
export type StageCosts = Record<Stage, { cpuMs: number; messages: number }>

const WARM_UP = 50
const CHANGES = 150

/** One change after another in this process, so that all the CPU it uses meanwhile is the stage's that is under way. */
export async function measureStages(town: Town): Promise<StageCosts> {
  const log = createLogger({ level: 'silent' })
  const config = readConfig(town.environment)
  const queue = createQueue({ databaseUrl: town.databaseUrl, log, role: 'enqueue' })
  const core = composeCore({ config, databaseUrl: town.databaseUrl, log }, queue)
  const meter = createMeter()
  const change = async (deps: SyncDeps): Promise<void> => {
    const [event] = await town.sandbox.ask('change', { create: 1, update: [] })
    if (!event) throw new Error('The sandbox made no contact.')
    const { locationId } = JSON.parse(event.body) as { locationId: string }
    const { tenant_id: tenantId } = await core.system.sql('installations').where({ location_id: locationId }).first()
    await meter.measure(async () => {
      const told = { trigger: 'highlevel.contact_changed', object: 'contact', recordId: event.contactId } as const
      const events = [{ ...told, contactId: event.contactId, at: Date.now(), payload: {}, leftOut: [] }]
      const about = { tenantId, locationId, deliveryId: newId(), replays: 0, obstacle: null }
      await takePlatformEvents(deps, { ...about, eventsOf: () => events })
    })
  }
  try {
    const metered = meteredDeps(core, meter)
    for (let count = 0; count < WARM_UP; count++) await change(metered)
    meter.reset()
    for (let count = 0; count < CHANGES; count++) await change(metered)
    return meter.costs()
  } finally {
    meter.stop()
    await core.closeDatabases()
  }
}

/** The first two transactions look what there is to do and begin it; the next opens the ledger; what follows stores. */
function meteredDeps(core: SyncDeps, meter: Meter): SyncDeps {
  return {
    ...core,
    database: {
      ...core.database,
      asTenant: (tenantId, work) => meter.during(meter.nextTransaction(), () => core.database.asTenant(tenantId, work)),
    },
    tenantApi: (tenantId, priority) => {
      const api = core.tenantApi(tenantId, priority)
      return (request) => meter.during('HighLevel read', () => api(request))
    },
    partnerPace: {
      paced: (...given) => {
        const paced = core.partnerPace.paced(...given)
        return (request) => meter.during('partner call', () => paced(request))
      },
    },
  }
}

type Meter = ReturnType<typeof createMeter>

function createMeter() {
  let current: Stage | undefined
  let markedAt = 0
  let [transactions, changes] = [0, 0]
  const fresh = (): StageCosts =>
    Object.fromEntries(STAGES.map((stage) => [stage, { cpuMs: 0, messages: 0 }])) as StageCosts
  let totals = fresh()
  const cpuNow = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  const enter = (stage: Stage | undefined): Stage | undefined => {
    const before = current
    const now = cpuNow()
    if (before) totals[before].cpuMs += now - markedAt
    ;[current, markedAt] = [stage, now]
    return before
  }
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function counted(this: pg.Client, ...given: never[]) {
    if (current) totals[current].messages += 1
    return (query as (...all: never[]) => never).apply(this, given)
  } as typeof query
  const during = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
    if (current !== 'plan') return work() // part of what is under way
    enter(stage)
    return work().finally(() => enter('plan'))
  }
  return {
    during,
    nextTransaction: (): Stage => {
      transactions += 1
      if (transactions <= 2) return 'take'
      return transactions === 3 ? 'ledger' : 'store'
    },
    measure: async (work: () => Promise<void>): Promise<void> => {
      transactions = 0
      changes += 1
      enter('plan')
      await work().finally(() => enter(undefined))
    },
    reset: (): void => {
      totals = fresh()
      changes = 0
    },
    costs: (): StageCosts => {
      const each = STAGES.map((stage) => {
        const { cpuMs, messages } = totals[stage]
        return [stage, { cpuMs: cpuMs / changes, messages: messages / changes }]
      })
      return Object.fromEntries(each) as StageCosts
    },
    stop: (): void => {
      pg.Client.prototype.query = query
    },
  }
}
