import type { PartnerEvent } from '../../connector.ts'
import { momentOf } from '../inferred.ts'
import type { Source } from './place.ts'
import { eventId, type Round } from './round.ts'

/** Their return would otherwise be dropped as a repeat. The oldest are forgotten. */
const MOST_RETURNS = 5000
/** In one poll; the rest are told by the next sweep. */
const MOST_GONE = 200

/** Compares what a list had with what it has. */
export function finishSource(round: Round, source: Source): void {
  const { sweep, place, watch } = round
  const before = place.known[source.key]
  const found = new Set(sweep.found)
  const absent = (before?.keys ?? []).filter((key) => !found.has(key))
  const gone = new Set(absent.filter((key) => isGone(round, source, key)).slice(0, MOST_GONE))
  for (const key of gone) {
    if (watch.tells === 'vanished') round.events.push(goneEvent(round, source, key))
    countReturn(round, source, key)
  }
  const missing = absent.filter((key) => !gone.has(key))
  sweep.done[source.key] = { keys: [...sweep.found, ...missing], missing, digest: sweep.digest }
  Object.assign(sweep, { sources: sweep.sources.slice(1), page: 0, found: [], digest: null })
}

/** A list of one page is read at once; of a longer one a row may slip to a page that was read already. */
const isGone = ({ sweep, place }: Round, source: Source, key: string): boolean =>
  sweep.page === 0 || Boolean(place.known[source.key]?.missing.includes(key))

function goneEvent(round: Round, source: Source, key: string): PartnerEvent {
  const occurredAt = momentOf(null, round.context.now())
  const data = { ...source.about, contact_id: key, occurred_at: occurredAt }
  return { id: eventId(round, source, key), objectId: key, occurredAt, data }
}

function countReturn({ place }: Round, source: Source, key: string): void {
  const name = `${source.key}/${key}`
  const times = (place.again[name] ?? 0) + 1
  delete place.again[name] // so that it comes last
  place.again[name] = times
  const names = Object.keys(place.again)
  for (const old of names.slice(0, Math.max(0, names.length - MOST_RETURNS))) delete place.again[old]
}
