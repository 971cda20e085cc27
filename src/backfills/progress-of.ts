import { type Backfill, isOver } from './backfill.ts'

export type BackfillProgress = {
  done: number
  /** Null where nobody knows. */
  total: number | null
  /** From 0 to 1; never goes back. Null where nobody knows. */
  share: number | null
  /** Records a second, pauses and waiting left out; null before there is anything to tell. */
  perSecond: number | null
  secondsLeft: number | null
}

/** Less says nothing of how fast it goes. */
const LEAST_MS = 1000

/** `busyMs`: of its run, as far as turns have ended. More records than there were at first count as all of them. */
export function progressOf({ done, total, busyMs, status }: Backfill): BackfillProgress {
  const all = total === null ? null : Math.max(total, done)
  const perSecond = done > 0 && busyMs >= LEAST_MS ? (done / busyMs) * 1000 : null
  const left = all === null || perSecond === null || isOver(status) ? null : Math.ceil((all - done) / perSecond)
  return { done, total: all, share: shareOf(done, all, status), perSecond, secondsLeft: left }
}

function shareOf(done: number, total: number | null, status: Backfill['status']): number | null {
  if (status === 'done') return 1
  if (total === null) return null
  return total === 0 ? 0 : done / total
}
