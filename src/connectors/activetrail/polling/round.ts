import type { FieldValues } from '../../../lib/field.ts'
import type { PartnerEvent } from '../../connector.ts'
import type { ActiveTrailClient, ActiveTrailContext } from '../client.ts'
import type { Place, Source, Sweep } from './place.ts'
import type { Listed } from './row.ts'

/**
 * ActiveTrail's lists say what is there, not what is new: each sweep reads them through and compares with what was there
 * before.
 */
export type Watch = {
  /** `since`: when the last sweep began, or now. */
  sources(client: ActiveTrailClient, around: SweepAround): Promise<Source[]>
  read(answer: unknown): Listed
  /** Of rows that are new, or of rows that are gone. */
  tells: 'appeared' | 'vanished'
  /** Mostly told otherwise too: a long list is then read the less often. */
  isReserve?: boolean
}
export type SweepAround = { options: FieldValues; now: number; since: number }

export type Round = {
  trigger: string
  context: ActiveTrailContext
  client: ActiveTrailClient
  watch: Watch
  place: Place
  sweep: Sweep
  events: PartnerEvent[]
  lookupsLeft: number
}

/** The same row has the same id; one that had gone away and is there again has another one. */
export function eventId({ trigger, place }: Pick<Round, 'trigger' | 'place'>, source: Source, key: string): string {
  const times = place.again[`${source.key}/${key}`] ?? 0
  return [trigger, source.key, key, ...(times > 0 ? [times] : [])].filter((part) => part !== '').join(':')
}
