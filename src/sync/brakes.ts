import type { TenantDb } from '../db/database.ts'
import { firstIdAt } from '../lib/ids.ts'
import { wasLetGoOn } from './conflict-store.ts'
import { countLinks, type Link } from './link-store.ts'
import type { SideName } from './plan/record-plan.ts'
import { countRemovals } from './write-store.ts'

/** A pair is written no more often than this within an hour, however well every write succeeds. */
const MOST_REWRITES = 40
const HOUR_MS = 3_600_000

/** Something writes it again and again: another system, or a flow, that does not agree with what is written. */
export function isRewrittenTooOften({ rewrites }: Pick<Link, 'rewrites'>, now: number): boolean {
  return rewrites.filter((at) => at.getTime() > now - HOUR_MS).length >= MOST_REWRITES
}

export const REWRITTEN =
  'It was changed again and again within an hour, so it is left alone until you have looked: another system may be changing it back.'

/** So many records may be deleted or archived within an hour, and beyond that only this share of all that are linked. */
const REMOVALS_FREE = 10
const REMOVALS_SHARE = 0.05
/** Counting goes no further: a share of more than this is not reached within an hour. */
const MOST_COUNTED = 20_000

/** `isAllowed`: the owner has looked, and lets it go on for an hour. */
export type Removed = { removals: number; links: number; isAllowed: boolean }

export async function countRemoved(
  db: TenantDb,
  { now, ...about }: { connectionId: string; object: string; side: SideName; now: number },
): Promise<Removed> {
  const removals = await countRemovals(db, { ...about, since: firstIdAt(now - HOUR_MS), most: MOST_COUNTED })
  const links = removals < REMOVALS_FREE ? 0 : await countLinks(db, { ...about, most: MOST_COUNTED })
  const isAllowed = removals >= REMOVALS_FREE && (await wasLetGoOn(db, { ...about, since: new Date(now - HOUR_MS) }))
  return { removals, links, isAllowed }
}

export const isRemovingTooMany = ({ removals, links, isAllowed }: Removed): boolean =>
  !isAllowed && removals >= Math.max(REMOVALS_FREE, (links + removals) * REMOVALS_SHARE)

export const TOO_MANY_REMOVED =
  'More records were deleted within an hour than usual, so the rest is kept on the other side until you have looked.'
