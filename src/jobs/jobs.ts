import type { Queue } from 'pg-boss'

/** Every job: its payload. Ids, not data. */
export type JobPayloads = {
  /** One webhook delivery, stored and not yet worked on. */
  'take-delivery': { tenantId: string; deliveryId: string }
  /** Whatever kept a tenant's deliveries waiting is mended. */
  'replay-parked': { tenantId: string }
  /** A company installed the app: find the locations it chose; or whether this location is one of them. */
  'adopt-locations': { tenantId: string; locationId?: string }
  /** A location reached through its company: obtain its token. */
  'mint-location-token': { tenantId: string }
  /** The app was updated in an account: its tokens may have other scopes now. */
  'renew-token': { tenantId: string }
  /** By schedule: tokens that are about to end, and those of suspended installations. */
  'renew-tokens': Record<string, never>
  /** By schedule: partitions ahead, spent tokens and old delivery ids away. */
  'keep-house': Record<string, never>
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
  'take-delivery': {
    ...PERSISTENT,
    policy: 'key_strict_fifo', // in order for each contact
    partition: true,
    retryLimit: 1000, // the handler decides when to give up, so that a dead delivery never blocks its contact
    retryDelay: 1,
    expireInSeconds: 300,
    deleteAfterSeconds: 3600,
  },
  'replay-parked': { ...PERSISTENT, policy: 'short' },
  'adopt-locations': PERSISTENT,
  'mint-location-token': { ...PERSISTENT, policy: 'short' }, // asked twice before it runs, it runs once
  'renew-token': { ...PERSISTENT, policy: 'short' },
  'renew-tokens': { retryLimit: 0, expireInSeconds: 600 },
  'keep-house': { retryLimit: 3, retryDelay: 60 },
}

/**
 * After a worker is killed, its jobs run again once the heartbeat, one monitor interval, one look and the first retry's
 * delay have passed: about 16 seconds, and a round more when something else is killed in between. Workers look more often than they monitor, because the one that was killed may
 * have been the one that monitored, and a look that comes too early costs the others a whole round.
 */
export const MONITOR_SECONDS = 4
export const LOOK_SECONDS = 2
