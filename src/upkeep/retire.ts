import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { type Aging, clearOldDays } from '../db/old-partitions.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { deleteDeadDeliveries, listTenantsWithDead } from '../webhooks/delivery-store.ts'

export type RetentionDeps = {
  database: Database
  now: Clock
  log: Logger
  /** How long deliveries, and runs with their steps, are kept. In days. */
  retention: { deliveryDays: number; runDays: number }
}

const RETENTION: Actor = { kind: 'schedule', id: 'retention' }
const DAY_MS = 86_400_000
const BATCH = 1000

const DELIVERIES: readonly Aging[] = [
  {
    table: 'deliveries',
    key: 'id',
    unfinished: () => `t.state in ('received', 'parked')`,
    untold: `t.state = 'dead'`,
  },
]

/** Steps first: whether they are still needed stands with their run. */
const RUNS: readonly Aging[] = [
  {
    table: 'run_steps',
    key: 'run_id',
    unfinished: (suffix) =>
      `(t.tenant_id, t.run_id) in (select tenant_id, id from runs_${suffix} where finished_at is null)`,
  },
  { table: 'runs', key: 'id', unfinished: () => 't.finished_at is null' },
  { table: 'writes', key: 'id', unfinished: () => "t.state = 'open'" },
]

/**
 * Deletes the deliveries and runs that are older than they are kept: whole days at once. What is unfinished stays, however
 * old it is. Deliveries that were given up go too, and the tenant's own log says how many.
 */
export async function retire(deps: RetentionDeps): Promise<void> {
  const { deliveryDays, runDays } = deps.retention
  const deliveriesBefore = deps.now() - deliveryDays * DAY_MS
  const givenUp = await retireDead(deps, deliveriesBefore)
  const deliveries = await clearOldDays(deps.database.system, DELIVERIES, deliveriesBefore)
  const runs = await clearOldDays(deps.database.system, RUNS, deps.now() - runDays * DAY_MS)
  if (deliveries.waiting + runs.waiting > 0) deps.log.warn({ deliveries, runs }, 'some old days have to stay for now')
  else deps.log.info({ givenUp, deliveries, runs }, 'what is older than it is kept is gone')
}

async function retireDead(deps: RetentionDeps, before: number): Promise<number> {
  let givenUp = 0
  for (const tenantId of await listTenantsWithDead(deps.database.system, before)) {
    for (let count = BATCH; count === BATCH; givenUp += count) {
      count = await deps.database.asTenant(tenantId, (db) => retireSomeDead(deps, db, before))
    }
  }
  return givenUp
}

async function retireSomeDead(deps: RetentionDeps, db: TenantDb, before: number): Promise<number> {
  const count = await deleteDeadDeliveries(db, { before, most: BATCH })
  if (count > 0) {
    await recordAudit(db, {
      action: 'deliveries.retired',
      actor: RETENTION,
      target: `installation/${db.tenantId}`,
      details: { givenUp: count, receivedBefore: new Date(before).toISOString() },
      at: deps.now(),
    })
  }
  return count
}
