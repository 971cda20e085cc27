import { setTimeout as sleep } from 'node:timers/promises'
import type { Ground } from './ground.ts'

/** Watches what was being worked on when a worker was killed, until it has been taken up again. */
export type LostWork = {
  lookNow(): void
  /** How long each took, in milliseconds. Those whose worker lived on are among them, and soon done. */
  stop(): Promise<number[]>
}

const EVERY_MS = 250

/**
 * Only first attempts are watched: one that is lost again and again is taken up later each time, as every job that is
 * retried.
 */
export function watchLostWork({ sql }: Ground): LostWork {
  const watched = new Map<string, number>()
  const tookMs: number[] = []
  const deliveries = () => sql('deliveries')
  const looks: Promise<void>[] = []
  let stopping = false

  const look = async (): Promise<void> => {
    const now = performance.now()
    const begun = await deliveries().where({ state: 'received', attempts: 1 }).pluck('id')
    for (const id of begun) if (!watched.has(id)) watched.set(id, now)
  }
  const check = async (): Promise<void> => {
    const waiting = await deliveries()
      .whereIn('id', [...watched.keys()])
      .where({ state: 'received', attempts: 1 })
      .pluck('id')
    const stillWaiting = new Set<string>(waiting)
    for (const [id, since] of watched) {
      if (stillWaiting.has(id)) continue
      tookMs.push(performance.now() - since)
      watched.delete(id)
    }
  }
  const watch = async (): Promise<void> => {
    while (!stopping || watched.size > 0) {
      await sleep(EVERY_MS)
      await check().catch(() => {}) // the database may be the one that was killed
    }
  }
  const watching = watch()
  return {
    lookNow: () => void looks.push(look().catch(() => {})),
    stop: async () => {
      await Promise.all(looks)
      stopping = true
      await watching
      return tookMs
    },
  }
}
