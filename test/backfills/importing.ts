import { type Backfill, isOver } from '../../src/backfills/backfill.ts'
import { getBackfill } from '../../src/backfills/backfill-store.ts'
import { type Change, changeBackfill } from '../../src/backfills/change-backfill.ts'
import { planBackfill } from '../../src/backfills/plan-backfill.ts'
import { wakeBackfills } from '../../src/backfills/wake-backfills.ts'
import { type WorkBackfillDeps, workBackfill } from '../../src/backfills/work-backfill.ts'
import { composeCore } from '../../src/compose/core.ts'
import type { Database } from '../../src/db/database.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { createLogger } from '../../src/lib/logger.ts'
import type { SyncOutcome } from '../../src/sync/sync-outcome.ts'
import type { SyncTask } from '../../src/sync/sync-record.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'

export const OWNER = { kind: 'user', id: 'owner' } as const
const NEVER = { signal: new AbortController().signal, isCrowded: () => false }

/** An engine that keeps in memory what it wrote: each record once, and afterwards nothing is left to be done. */
export type Engine = {
  /** By record, how often it was really written. */
  writes: Map<string, number>
  planned: string[]
  tasks: SyncTask[]
  /** Asked before a record is looked at: may throw, or say what comes of it instead. */
  before(task: SyncTask): Promise<SyncOutcome | undefined> | SyncOutcome | undefined
  sync(task: SyncTask): Promise<SyncOutcome>
  plan(task: SyncTask): Promise<SyncOutcome>
}

function createEngine(): Engine {
  const engine: Engine = {
    writes: new Map(),
    planned: [],
    tasks: [],
    before: () => undefined,
    sync: async (task) => {
      engine.tasks.push(task)
      const instead = await engine.before(task)
      if (instead) return instead
      if (engine.writes.has(task.recordId)) return outcomeOf(task, 'unchanged')
      engine.writes.set(task.recordId, 1)
      return outcomeOf(task, 'created')
    },
    plan: async (task) => {
      engine.planned.push(task.recordId)
      return outcomeOf(task, engine.writes.has(task.recordId) ? 'unchanged' : 'created')
    },
  }
  return engine
}

export const outcomeOf = ({ recordId }: SyncTask, outcome: SyncOutcome['outcome'], reason?: string): SyncOutcome => ({
  outcome,
  reason: reason ?? null,
  highLevelId: recordId,
  partnerId: `there-${recordId}`,
  wrote: { highlevel: [], partner: outcome === 'created' ? ['email'] : [] },
})

export type Importing = Awaited<ReturnType<typeof startImporting>>

/** The product with its sandboxes, without a worker: whoever tests takes the turns himself, with an engine of his own. */
export async function startImporting() {
  let later = 0
  const now = (): number => Date.now() + later
  const line = await startLine({ work: false, now })
  line.highLevel.control.setRateLimit({ burst: 10_000, daily: 1_000_000 })
  const log = createLogger({ level: 'silent' })
  const around = { config: line.config, databaseUrl: line.databaseUrl, log, now }
  const queue = createQueue({ databaseUrl: line.databaseUrl, log, role: 'enqueue' })
  const core = composeCore(around, queue)
  await queue.start()

  const accounts = new Map<number, Account>()
  const open = async (position: number, contacts: number) => {
    const account = accounts.get(position) ?? (await openAccount(line, position))
    accounts.set(position, account)
    addContacts(line, account, contacts)
    const { tenantId } = account
    const flow = await line.database.asTenant(tenantId, (db) =>
      db.sql('flows').where({ tenant_id: tenantId }).first('id'),
    )
    const engine = createEngine()
    const deps: WorkBackfillDeps = {
      ...core,
      ...{ backfillApi: (id: string) => core.tenantApi(id, 'backfill'), pageLimit: 7, turnMs: 2000 },
      ...{ syncRecord: engine.sync, planRecord: engine.plan, lookAhead: async () => undefined },
    }
    const get = (backfillId: string): Promise<Backfill> =>
      line.database.asTenant(tenantId, (db) => getBackfill(db, backfillId))
    const turn = (backfillId: string, other: Partial<WorkBackfillDeps> = {}): Promise<void> =>
      workBackfill({ ...deps, ...other }, { tenantId, backfillId }, NEVER)
    const change = (backfillId: string, step: Change['step'], isConfirmed = true): Promise<void> =>
      changeBackfill(core, { tenantId, backfillId, step, isConfirmed, actor: OWNER })
    return {
      ...{ account, tenantId, flowId: String(flow?.id), engine, deps, get, turn, change },
      plan: () => planBackfill(core, { tenantId, flowId: String(flow?.id), actor: OWNER }),
      /** Planned and tested; the run has been asked for, and nothing of it is done. */
      begin: async (): Promise<string> => {
        const id = await planBackfill(core, { tenantId, flowId: String(flow?.id), actor: OWNER })
        await turn(id)
        await change(id, 'test')
        await turn(id)
        await change(id, 'run')
        return id
      },
      /** Turn after turn until it is over; how it stood after each. */
      untilOver: async (backfillId: string, other?: () => Partial<WorkBackfillDeps>): Promise<Backfill[]> => {
        const seen: Backfill[] = []
        for (let turns = 0; turns < 200; turns++) {
          await turn(backfillId, other?.())
          seen.push(await get(backfillId))
          if (isOver(seen.at(-1)?.status ?? 'done')) break
        }
        return seen
      },
      contacts: () => line.highLevel.control.contacts(account.locationId).map(({ id }) => id),
      add: (count: number) => addContacts(line, account, count),
    }
  }
  return {
    line,
    core,
    open,
    wait: (ms: number) => {
      later += ms
    },
    wake: () => wakeBackfills(core),
    jobs: (backfillId: string): Promise<{ id: string }[]> =>
      line.database.system
        .sql('pgboss.job')
        .where({ name: 'work-backfill', state: 'created' })
        .whereRaw("data ->> 'backfillId' = ?", backfillId)
        .select('id'),
    close: async () => {
      await queue.stop(1000)
      await core.closeDatabases()
      await line.close()
    },
  }
}

let made = 0
function addContacts(line: Line, { locationId }: Pick<Account, 'locationId'>, count: number): string[] {
  const { control } = line.highLevel
  return Array.from({ length: count }, () => {
    control.dropNextWebhooks(1)
    return control.createContact(locationId, { email: `import.${++made}@example.com`, firstName: `Import ${made}` }).id
  })
}

/** A process that is killed after so many transactions: what it had committed stays, and nothing more happens. */
export function dyingAfter(database: Database, transactions: number): Database {
  let left = transactions
  return {
    ...database,
    asTenant: (tenantId, work) => {
      left -= 1
      return left < 0 ? Promise.reject(new Error('killed')) : database.asTenant(tenantId, work)
    },
  }
}
