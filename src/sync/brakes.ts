import type { Link } from './link-store.ts'

/** A pair is written no more often than this within an hour, however well every write succeeds. */
const MOST_REWRITES = 40
const WITHIN_MS = 3_600_000

/** Something writes it again and again: another system, or a flow, that does not agree with what is written. */
export function isRewrittenTooOften({ rewrites }: Pick<Link, 'rewrites'>, now: number): boolean {
  return rewrites.filter((at) => at.getTime() > now - WITHIN_MS).length >= MOST_REWRITES
}

export const REWRITTEN =
  'It was changed again and again within an hour, so it is left alone until you have looked: another system may be changing it back.'
