import type { SystemDb } from '../db/database.ts'
import { countByReason, countByTenant, type Held } from '../deliveries/delivery-search-store.ts'
import { type QueueHealth, readQueueHealth } from '../jobs/queue-health-store.ts'
import { deliveriesUrl } from './deliveries-url.ts'
import { tenantLabels } from './tenant-labels.ts'
import { ago, count } from './words.ts'

/** What there is to worry about, whatever the list is narrowed to. */
export type HeldView = {
  groups: GroupRow[]
  /** Those with most of what was given up or waits. */
  tenants: { name: string; count: string; url: string }[]
  queues: { sentence: string; isBad: boolean }[]
}

/** So many of one kind, since when, and why. */
export type GroupRow = {
  title: string
  tone: string
  total: string
  oldest: string
  reasons: { reason: string; count: string; url: string }[]
}

/** A flood is counted so far and no further. */
const MOST_COUNTED = 100_000
const TENANTS_SHOWN = 8

export async function heldView(system: SystemDb, now: number): Promise<HeldView> {
  const [held, waiting, tenants, health] = await Promise.all([
    countByReason(system, ['dead', 'parked'], MOST_COUNTED),
    countByReason(system, ['received'], MOST_COUNTED),
    countByTenant(system, ['dead', 'parked'], { most: MOST_COUNTED, tenants: TENANTS_SHOWN }),
    readQueueHealth(system),
  ])
  const labelOf = await tenantLabels(system, tenants)
  return {
    groups: [
      group('Given up', 'bad', 'dead', held, now),
      group('Waiting until something is mended', 'waiting', 'parked', held, now),
      group('To be worked on', 'quiet', 'received', waiting, now),
    ],
    tenants: tenants.map(({ tenantId, count: number }) => ({
      name: labelOf(tenantId),
      count: count(number),
      url: deliveriesUrl({ tenant: tenantId }),
    })),
    queues: queueSentences(health),
  }
}

function group(title: string, tone: string, state: string, held: Held[], now: number): GroupRow {
  const rows = held.filter((row) => row.state === state)
  const total = rows.reduce((sum, row) => sum + row.count, 0)
  const all = held.reduce((sum, row) => sum + row.count, 0)
  const oldest = Math.min(...rows.map((row) => row.oldest.getTime()))
  return {
    title,
    tone: total === 0 ? 'good' : tone,
    total: all >= MOST_COUNTED ? `more than ${count(total)}` : count(total),
    oldest: total === 0 ? '' : ago(now - oldest),
    reasons: rows
      .filter(({ reason }) => reason !== null)
      .map(({ reason, count: number }) => ({
        reason: String(reason),
        count: count(number),
        url: deliveriesUrl({ state, reason: String(reason) }),
      })),
  }
}

function queueSentences({ missing, waiting, workerSeenSecondsAgo }: QueueHealth): HeldView['queues'] {
  const seen = workerSeenSecondsAgo
  const isGone = seen === null || seen > WORKER_SILENT_SECONDS
  return [
    {
      sentence: seen === null ? 'No worker has ever run.' : `A worker was seen ${ago(seen * 1000)} ago.`,
      isBad: isGone,
    },
    ...missing.map((name) => ({ sentence: `The queue ${name} is missing: run the migrations.`, isBad: true })),
    ...waiting.map(({ name, count: number, oldestSeconds }) => ({
      sentence: `${name}: ${count(number)} waiting, the oldest for ${ago(oldestSeconds * 1000)}.`,
      isBad: oldestSeconds > WORKER_SILENT_SECONDS,
    })),
  ]
}

const WORKER_SILENT_SECONDS = 60
