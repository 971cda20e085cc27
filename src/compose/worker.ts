import type { Actor } from '../audit/audit-entry.ts'
import { keepHook } from '../connections/keep-hook.ts'
import { visitHooks } from '../connections/visit-hooks.ts'
import { carryOutOrder } from '../deliveries/carry-out-order.ts'
import { readUsedFields } from '../flows/read-used-fields.ts'
import { visitFlows } from '../flows/visit-flows.ts'
import { createQueue } from '../jobs/queue.ts'
import { purgeTenant } from '../leaving/purge-tenant.ts'
import { pollTriggers } from '../polls/partner/poll-triggers.ts'
import { pollDue } from '../polls/poll-due.ts'
import { checkDrift } from '../sync/drift/check-drift.ts'
import { createOpenPairs } from '../sync/drift/open-pairs.ts'
import { visitDrift } from '../sync/drift/visit-drift.ts'
import { syncDecided } from '../sync/sync-decided.ts'
import type { AccessTokens } from '../tenants/access-tokens.ts'
import { checkMasterKeys } from '../tenants/check-master-keys.ts'
import { ensureTenant } from '../tenants/ensure-tenant.ts'
import { findLocations } from '../tenants/find-locations.ts'
import { mintLocationTokens } from '../tenants/mint-location-tokens.ts'
import { reconcileCompany } from '../tenants/reconcile-company.ts'
import { renewForScopes } from '../tenants/renew-for-scopes.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import { visitCompanies } from '../tenants/visit-companies.ts'
import { keepHouse } from '../upkeep/keep-house.ts'
import { watchForgeries } from '../webhooks/watch-forgeries.ts'
import { composeBackfills } from './backfills.ts'
import { type Core, composeCore, type Pool, type Surroundings } from './core.ts'
import { composeInbox } from './inbox.ts'
import { beginRound, type Round } from './round.ts'

export type Worker = { start(): Promise<void>; stop(deadlineMs: number): Promise<void>; accessTokens: AccessTokens }

/** Of its own, so that hundreds of deliveries at once do not keep the calls waiting that they ask for. */
const FOR_COMPANIES: Pool = { name: 'companies', max: 8 }
/** How often refreshes left behind are looked for: together with the lease well within the platform's grace. */
const RECOVER_EVERY_MS = 4000
const RENEW_EVERY_MS = 1000
const SHARE_EVERY_MS = 10_000
const POLL_EVERY_MS = 15_000
const ONE = { batch: 1, lanes: 1 }
const PURGE: Actor = { kind: 'schedule', id: 'purge' }

/** Builds the worker process. */
export function composeWorker(around: Surroundings): Worker {
  const { config, databaseUrl, log } = around
  const queue = createQueue({ databaseUrl, log, role: 'work' })
  const core = composeCore(around, queue)
  const forCompanies = composeCore(around, queue, FOR_COMPANIES)
  const inbox = composeInbox(core, around)
  const backfills = composeBackfills(core)
  const rounds = [
    ...inbox.rounds,
    ...backfills.rounds,
    ...tokenRounds(core),
    ...(around.polls === false ? [] : [gapRound(core), triggerRound(core)]),
  ]
  const stops: (() => Promise<void>)[] = []
  return {
    accessTokens: core.accessTokens,
    start: async () => {
      await checkMasterKeys(core.system, config.encryptionKeys)
      await ensureTenant(core, NOBODY)
      await queue.start()
      await inbox.start()
      await backfills.start()
      await workForTenants(core)
      await workForCompanies(forCompanies)
      await workForHouse(core)
      await visitHooks(core) // this server may be reached elsewhere since it was stopped
      stops.push(...rounds.map((round) => beginRound(round, log)))
    },
    stop: async (deadlineMs) => {
      await Promise.all([queue.stop(deadlineMs), ...stops.map((stop) => stop())])
      await inbox.stop()
      await Promise.all([core.closeDatabases(), forCompanies.closeDatabases()])
    },
  }
}

const tokenRounds = ({ accessTokens }: Core): Round[] => [
  {
    everyMs: RECOVER_EVERY_MS,
    work: accessTokens.recoverAbandoned,
    failed: 'looking for refreshes left behind failed',
  },
  { everyMs: RENEW_EVERY_MS, work: accessTokens.renewUrgent, failed: 'renewing what ends soon failed' },
  { everyMs: SHARE_EVERY_MS, work: accessTokens.renewShare, failed: 'renewing ahead of time failed' },
]

const gapRound = (core: Core): Round => ({
  everyMs: POLL_EVERY_MS,
  work: (signal) => pollDue(core, signal),
  failed: 'looking for what no event told failed',
})

const triggerRound = (core: Core): Round => ({
  everyMs: POLL_EVERY_MS,
  work: (signal) => pollTriggers(core, signal),
  failed: 'asking partners what happened failed',
})

async function workForTenants(core: Core): Promise<void> {
  const { queue } = core
  await queue.work('carry-out-order', ONE, (job, { signal }) => carryOutOrder(core, job, signal))
  await queue.work('sync-decided', { batch: 1, lanes: 2 }, (job) => syncDecided(core, job))
  await queue.work('renew-token', ONE, (job) => renewForScopes(core, job))
  await queue.work('read-fields', ONE, (job) => readUsedFields(core, job))
  const drift = { ...core, openPairs: createOpenPairs(core) }
  await queue.work('check-drift', ONE, (job) => checkDrift(drift, job))
  await queue.work('keep-hook', { batch: 1, lanes: 2 }, (job) => keepHook(core, job))
  await queue.work('purge-tenant', ONE, async ({ tenantId }) => {
    await purgeTenant(core, { tenantId, actor: PURGE })
  })
}

async function workForCompanies(core: Core): Promise<void> {
  const { queue } = core
  await queue.work('mint-location-tokens', { batch: 1, lanes: 3 }, (job, { signal }) =>
    mintLocationTokens(core, job, signal),
  )
  await queue.work('find-locations', { batch: 1, lanes: 2 }, (job) => findLocations(core, job))
  await queue.work('reconcile-company', ONE, async (job) => void (await reconcileCompany(core, job)))
  await queue.work('visit-companies', ONE, () => visitCompanies(core))
  await queue.schedule('visit-companies', '41 * * * *')
}

async function workForHouse(core: Core): Promise<void> {
  const { queue } = core
  await queue.work('visit-flows', ONE, async () => {
    await visitFlows(core)
    await visitDrift(core)
  })
  await queue.schedule('visit-flows', '29 * * * *')
  await queue.work('keep-house', ONE, () => keepHouse(core))
  await queue.schedule('keep-house', '17 * * * *')
  await queue.work('watch-intake', ONE, () => watchForgeries(core))
  await queue.schedule('watch-intake', '* * * * *')
}
