import type { FieldValues } from '../../../lib/field.ts'
import { Trouble } from '../../../lib/trouble.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailClient, type ActiveTrailCredentials, createClient, ROWS_PER_PAGE } from '../client.ts'
import { momentOf } from '../inferred.ts'
import { finishSource } from './finish-source.ts'
import { type Place, placeOf, type Source, type Sweep } from './place.ts'
import { readPage } from './read-page.ts'
import { resolveContact } from './resolve-contact.ts'
import { eventId, type Round, type Watch } from './round.ts'
import type { Row } from './row.ts'

type Poll = PollTrigger<ActiveTrailCredentials>['poll']

/** In one poll: at two calls a second some seconds. */
const MOST_PAGES = 5
const MOST_LOOKUPS = 5
const MOST_ROWS = 50_000

/** A poll reads a few pages of a sweep. */
export const watchList =
  (trigger: string, watch: Watch): Poll =>
  async (context, { cursor, options }) => {
    const client = createClient(context)
    const { place, hasExpired } = placeOf(cursor, options, context.now())
    if (watch.isReserve && isResting(place, context.now())) return { events: [], cursor: JSON.stringify(place) }
    const sweep = place.sweep ?? (await beginSweep(client, watch, place, { options, now: context.now() }))
    const round: Round = { trigger, context, client, watch, place, sweep, events: [], lookupsLeft: MOST_LOOKUPS }
    for (let pages = 0; pages < MOST_PAGES && sweep.sources.length > 0 && round.lookupsLeft > 0; pages += 1) {
      await takePage(round)
    }
    const isMore = sweep.sources.length > 0
    const next = isMore ? { ...place, sweep } : endSweep(place, sweep)
    return { events: round.events, cursor: JSON.stringify(next), isMore, ...(hasExpired && { hasExpired }) }
  }

/** After each page of a sweep half a minute: ten thousand rows are gone through about once an hour. */
function isResting({ sweep, isFirst, known, sweptAt }: Place, now: number): boolean {
  const rows = Object.values(known).reduce((sum, { keys }) => sum + keys.length, 0)
  return !sweep && !isFirst && now < sweptAt + Math.floor(rows / ROWS_PER_PAGE) * REST_MS
}
const REST_MS = 30_000

async function beginSweep(
  client: ActiveTrailClient,
  watch: Watch,
  place: Place,
  around: { options: FieldValues; now: number },
): Promise<Sweep> {
  const sources = await watch.sources(client, { ...around, since: place.sweptAt })
  return { startedAt: around.now, sources, page: 0, found: [], digest: null, done: {} }
}

const endSweep = (place: Place, { done, startedAt }: Sweep): Place => ({
  ...place,
  isFirst: false,
  sweptAt: startedAt,
  known: done,
  sweep: null,
})

async function takePage(round: Round): Promise<void> {
  const { sweep, place, watch, client } = round
  const source = sweep.sources[0] as Source
  const known = place.known[source.key]
  const page = await readPage({ client, place, sweep, source, read: watch.read })
  if (page.isAsBefore && known) {
    sweep.found = [...known.keys]
    return finishSource(round, source)
  }
  if (!(await tellNew(round, source, page.rows))) return
  if (sweep.found.length > MOST_ROWS) throw tooLong()
  if (page.isLast) return finishSource(round, source)
  sweep.page += 1
}

/** False when some had to wait for the next poll, which reads the page again. */
async function tellNew(round: Round, source: Source, rows: Row[]): Promise<boolean> {
  const { sweep, place, watch } = round
  const found = new Set(sweep.found)
  const known = new Set(place.known[source.key]?.keys)
  const isTold = watch.tells === 'appeared' && !isOldNews(place, source)
  for (const row of rows) {
    if (found.has(row.key)) continue
    if (isTold && !known.has(row.key)) {
      if (round.lookupsLeft === 0) return false
      await tell(round, source, row)
    }
    found.add(row.key)
    sweep.found.push(row.key)
  }
  return true
}

/** A list that is new has only new rows, unless it merely came back among those that are looked through. */
function isOldNews(place: Place, source: Source): boolean {
  if (place.isFirst) return true
  if (place.known[source.key] || source.began === null) return false
  return Date.parse(momentOf(source.began, place.sweptAt)) < place.firstSweptAt - DAY_MS
}
const DAY_MS = 24 * 60 * 60 * 1000

async function tell(round: Round, source: Source, row: Row): Promise<void> {
  if (!('id' in row.who)) round.lookupsLeft -= 1
  const found = await resolveContact(round.client, row.who)
  // Who is no longer there at all is nobody to whom anything could still be done.
  if (!found) return
  const occurredAt = momentOf(row.at, round.context.now())
  const data = { ...source.about, ...row.data, ...found.data, occurred_at: occurredAt }
  round.events.push({ id: eventId(round, source, row.key), objectId: found.id, occurredAt, data })
}

const tooLong = (): Trouble =>
  new Trouble('rejected', {
    detail: `This list in ActiveTrail has more than ${MOST_ROWS} rows, too many to be compared: choose a smaller one.`,
  })
