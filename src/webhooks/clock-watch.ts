import type { Logger } from '../lib/logger.ts'

/** Told when a webhook was received and when it says it was sent, in milliseconds since the epoch. */
export type ClockWatch = (receivedAt: number, sentAt: number) => void

/** Of so many recent ones the one in the middle: a few that are repeated after an hour do not move it. */
const RECENT = 50
const TOLERANCE_MS = 60_000

/**
 * Says once when this machine's clock and the webhooks' own times have come to differ, and once when they agree again. No
 * webhook is refused for it.
 */
export function createClockWatch(log: Logger): ClockWatch {
  const recent: number[] = []
  let seen = 0
  let differs = false
  return (receivedAt, sentAt) => {
    recent[seen++ % RECENT] = receivedAt - sentAt
    if (seen % RECENT !== 0) return
    const offsetMs = medianOf(recent)
    if (Math.abs(offsetMs) > TOLERANCE_MS !== differs) {
      differs = !differs
      const fields = { offsetSeconds: Math.round(offsetMs / 1000) }
      if (differs) log.warn(fields, 'this clock and the times in webhooks differ: look whether NTP sets the clock')
      else log.info(fields, 'this clock and the times in webhooks agree again')
    }
  }
}

const medianOf = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
