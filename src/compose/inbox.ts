import { openDatabase } from '../db/database.ts'
import { createPartnerNews } from '../sync/take-partner-news.ts'
import { createReadInstallation } from '../tenants/read-installation.ts'
import { createInboxLedger } from '../webhooks/inbox-ledger.ts'
import { createInboxTurns } from '../webhooks/inbox-turns.ts'
import { replayParked } from '../webhooks/replay-parked.ts'
import { takeDelivery } from '../webhooks/take-delivery.ts'
import { wakeDue, wakeForgotten } from '../webhooks/wake-due.ts'
import type { Core, Surroundings } from './core.ts'
import type { Round } from './round.ts'

/** Of its own, so that work that is stuck in the database does not let go of what it holds. By key alone, see its plans. */
const CONNECTIONS = { name: 'inbox', max: 3, byIndexOnly: true, statementTimeoutMs: 5000, acquireTimeoutMs: 5000 }
/** So many tenants a worker works for at once. */
const TURNS_AT_ONCE = 50
const RENEW_LEASES_EVERY_MS = 4000
const WAKE_DUE_EVERY_MS = 500
const WAKE_FORGOTTEN_EVERY_MS = 30_000

/** What works on deliveries, whoever sent them. */
export function composeInbox(core: Core, { databaseUrl }: Surroundings) {
  const { queue } = core
  const database = openDatabase({ url: databaseUrl, ...CONNECTIONS })
  const ledger = createInboxLedger({ database, now: core.now })
  const hooks = { ...core, listeners: [createPartnerNews(core)] }
  const readInstallation = createReadInstallation(database)
  const taking = { ...core, ledger, readInstallation, sync: core, lifecycle: core, hooks }
  const turns = createInboxTurns({ ...core, ledger, take: (delivery) => takeDelivery(taking, delivery) })
  const rounds: Round[] = [
    { everyMs: RENEW_LEASES_EVERY_MS, work: ledger.renewLeases, failed: 'holding on to deliveries failed' },
    { everyMs: WAKE_DUE_EVERY_MS, work: () => wakeDue(core), failed: 'looking for deliveries that are due failed' },
    {
      everyMs: WAKE_FORGOTTEN_EVERY_MS,
      work: () => wakeForgotten(core),
      failed: 'looking for forgotten deliveries failed',
    },
  ]
  return {
    rounds,
    start: async () => {
      await queue.workFreely('work-inbox', {
        places: TURNS_AT_ONCE,
        passOver: turns.saturated,
        handler: ({ tenantId }, place) => turns.take(tenantId, place),
      })
      await queue.work('replay-parked', { batch: 1, lanes: 1 }, (job) => replayParked(core, job))
    },
    /** Once nothing is begun any more. */
    stop: async () => {
      await ledger.endLeases()
      await database.close()
    },
  }
}
