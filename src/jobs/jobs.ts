import type { Queue } from 'pg-boss'

/** Every job: its payload. Ids, not data. */
export type JobPayloads = {
  /** One webhook delivery, stored and not yet worked on. */
  'take-delivery': { tenantId: string; deliveryId: string }
  /** A company installed the app: find the locations it chose. */
  'adopt-locations': { tenantId: string }
  /** A location reached through its company: obtain its token. */
  'mint-location-token': { tenantId: string }
  /** By schedule: partitions ahead, spent tokens and old delivery ids away. */
  'keep-house': Record<string, never>
}

export type JobName = keyof JobPayloads

type QueueSettings = Omit<Queue, 'name'>

/**
 * Heartbeats: after a worker is killed, its jobs run again once the heartbeat and one monitor interval have passed.
 * A delivery is retried for about a day before it counts as dead; by then an owner has been told.
 */
export const QUEUES: Record<JobName, QueueSettings> = {
  'take-delivery': {
    policy: 'key_strict_fifo', // in order for each contact
    partition: true,
    notify: true,
    retryLimit: 1000, // the handler decides when to give up, so that a dead delivery never blocks its contact
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 900,
    heartbeatSeconds: 10,
    expireInSeconds: 300,
    deleteAfterSeconds: 3600,
  },
  'adopt-locations': {
    notify: true,
    retryLimit: 20,
    retryDelay: 2,
    retryBackoff: true,
    retryDelayMax: 900,
    heartbeatSeconds: 10,
  },
  'mint-location-token': {
    policy: 'short', // asked twice before it runs, it runs once
    notify: true,
    retryLimit: 20,
    retryDelay: 2,
    retryBackoff: true,
    retryDelayMax: 900,
    heartbeatSeconds: 10,
  },
  'keep-house': { retryLimit: 3, retryDelay: 60 },
}

export const MONITOR_SECONDS = 5
