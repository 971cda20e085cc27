import type { Poll } from './poll-store.ts'

/** What is known of whether the platform tells a tenant's changes. */
export type Silence = Pick<Poll, 'heardAt' | 'silentVisits' | 'silentSince'>

/** So many visits in a row: one delivery that was lost is no silence. */
const SILENT_AFTER = 2

/**
 * What a visit adds to that. It found changes that nothing had told, the newest of them at `untoldAt`; whatever the platform
 * told at any time after that shows that it does tell. One that found nothing says nothing.
 */
export function hearSilence(
  before: Silence,
  { heardAt, untoldAt }: { heardAt: Date | null; untoldAt: Date | null },
): Silence {
  const heard = laterOf(before.heardAt, heardAt)
  const isHeard = heard !== null && heard.getTime() > (before.heardAt?.getTime() ?? Number.NEGATIVE_INFINITY)
  const known = isHeard ? { silentVisits: 0, silentSince: null } : before
  if (!untoldAt || (heard && heard >= untoldAt)) return { ...known, heardAt: heard }
  return {
    heardAt: heard,
    silentVisits: known.silentVisits + 1,
    silentSince: known.silentVisits + 1 >= SILENT_AFTER ? (known.silentSince ?? untoldAt) : null,
  }
}

/** Whether it is worth looking more often: while there is something that nobody tells. */
export const isSuspicious = ({ silentVisits }: Silence, foundSomething: boolean): boolean =>
  foundSomething && silentVisits > 0

const laterOf = (left: Date | null, right: Date | null): Date | null =>
  left && right && left > right ? left : (right ?? left)
