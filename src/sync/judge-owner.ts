import type { SideName } from './plan/record-plan.ts'

/** One contact, by its id on either side. */
export type Owner = Record<SideName, string>

/** Whose the records of a pair are: as its own side says, and as the other side does. */
export type OwnersSeen = {
  own: string
  /** The counterpart of that contact; undefined while it has none. */
  meant: string | undefined
  other: string | null | undefined
  /** When both were last in step. */
  before: { own: string | null | undefined; other: string | null | undefined }
  /** The record on the other side can be given to another contact. */
  canFollow: boolean
}

export type OwnerVerdict = 'in place' | 'unknown' | 'follows' | 'has none there' | 'differs'

/**
 * A pair whose records belong to one contact is in place. Where the own side's record was given to another contact, and only
 * that one, the other side's follows if it can. Anything else is for people to put right: nothing is written to it meanwhile.
 */
export function judgeOwner({ own, meant, other, before, canFollow }: OwnersSeen): OwnerVerdict {
  const hasMoved = before.own !== undefined && before.own !== own
  if (meant === undefined) return hasMoved ? 'has none there' : 'unknown'
  if (other === undefined) return 'unknown'
  if (other === meant) return 'in place'
  const stayed = before.other !== undefined && before.other === other
  return hasMoved && stayed && canFollow ? 'follows' : 'differs'
}
