import type { Queue } from 'pg-boss'

/** Every job: its payload. Ids, not data. */
export type JobPayloads = {
  /** A tenant has deliveries to be worked on: its next turn. */
  'work-inbox': { tenantId: string }
  /** Whatever kept a tenant's deliveries waiting is mended. */
  'replay-parked': { tenantId: string }
  /** What an operator ordered for many deliveries, in one tenant. */
  'carry-out-order': { tenantId: string; orderId: string }
  /** A company's locations that lack tokens: obtain them. `tries`: how often that met trouble in a row. */
  'mint-location-tokens': { tenantId: string; tries?: number }
  /** Which locations a company chose is not known, or not known of each: read the platform's list. */
  'find-locations': { tenantId: string; tries?: number }
  /** Compare what we know of a company's locations with the platform's list. */
  'reconcile-company': { tenantId: string }
  /** By schedule: companies whose comparison is due, and locations that have waited long enough. */
  'visit-companies': Record<string, never>
  /** The app was updated in an account: its tokens may have other scopes now. */
  'renew-token': { tenantId: string }
  /** An uninstalled tenant whose time has come: delete everything of it. */
  'purge-tenant': { tenantId: string }
  /** What a partner calls of a connection may not be what it should be: look, and register it. */
  'keep-hook': { tenantId: string; connectionId: string }
  /** An owner decided something about a record: keep it in step once more. */
  'sync-decided': { tenantId: string; conflictId: string }
  /** Records of one side are brought over, or would be: the next turn. */
  'work-backfill': { tenantId: string; backfillId: string }
  /** Fields that a connection's flows use, on both sides: read them again. */
  'read-fields': { tenantId: string; connectionId: string }
  /** Some of the records that a flow has linked: compare them with what it would write. */
  'check-drift': { tenantId: string; flowId: string }
  /** By schedule: connections and flows that were not looked at for a day. */
  'visit-flows': Record<string, never>
  /** By schedule: partitions ahead, spent tokens and old delivery ids away, and whom to purge. */
  'keep-house': Record<string, never>
  /** By schedule: whether more forged webhooks come than usual. */
  'watch-intake': Record<string, never>
}

export type JobName = keyof JobPayloads

type QueueSettings = Omit<Queue, 'name'>

const PERSISTENT: QueueSettings = {
  notify: true,
  retryLimit: 100,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 900,
  heartbeatSeconds: 10,
}

export const QUEUES: Record<JobName, QueueSettings> = {
  'work-inbox': {
    ...PERSISTENT,
    policy: 'short', // asked for again and again before it begins, a tenant has one turn
    partition: true,
    retryLimit: 1000,
    retryDelay: 1,
    retryDelayMax: 4,
    expireInSeconds: 900,
    deleteAfterSeconds: 600,
  },
  'replay-parked': { ...PERSISTENT, policy: 'short' },
  'carry-out-order': { ...PERSISTENT, policy: 'short', expireInSeconds: 3600 },
  'mint-location-tokens': { ...PERSISTENT, policy: 'short' }, // asked twice before it runs, it runs once
  'find-locations': { ...PERSISTENT, policy: 'short' },
  'reconcile-company': { ...PERSISTENT, policy: 'short', retryLimit: 5, retryDelay: 60, expireInSeconds: 3600 },
  'visit-companies': { retryLimit: 3, retryDelay: 60 },
  'renew-token': { ...PERSISTENT, policy: 'short' },
  'keep-hook': { ...PERSISTENT, policy: 'short', retryDelay: 5 },
  'purge-tenant': { ...PERSISTENT, policy: 'exclusive', expireInSeconds: 3600 }, // one at a time for each tenant
  'sync-decided': { ...PERSISTENT, policy: 'short', retryLimit: 20 },
  'work-backfill': { ...PERSISTENT, policy: 'short', expireInSeconds: 900, deleteAfterSeconds: 600 },
  'read-fields': { ...PERSISTENT, policy: 'short', retryLimit: 5, retryDelay: 60 },
  'check-drift': { ...PERSISTENT, policy: 'short', retryLimit: 2, retryDelay: 60 },
  'visit-flows': { retryLimit: 3, retryDelay: 60 },
  'keep-house': { retryLimit: 3, retryDelay: 60 },
  'watch-intake': { policy: 'short', retryLimit: 0, deleteAfterSeconds: 3600 },
}

/**
 * Of these a key's next job begins when the one before it has ended. Together with policy `short`, one runs and one waits,
 * however often it is asked for; and one that waits keeps no other key waiting, as with `stately`.
 */
export const ONE_AT_A_TIME: ReadonlySet<JobName> = new Set([
  'mint-location-tokens',
  'find-locations',
  'reconcile-company',
  'keep-hook',
])

/** Jobs of one key can be passed over together. */
export const GROUPED_BY_KEY: ReadonlySet<JobName> = new Set([...ONE_AT_A_TIME, 'work-inbox'])

/**
 * After a worker is killed, its jobs run again once the heartbeat, one monitor interval, one look and the first retry's
 * delay have passed: about 16 seconds, and a round more when something else is killed in between. Workers look more often
 * than they monitor, because the one that was killed may have been the one that monitored, and a look that comes too early
 * costs the others a whole round. Deliveries do not wait for it: they have leases of their own.
 */
export const MONITOR_SECONDS = 4
export const LOOK_SECONDS = 2
