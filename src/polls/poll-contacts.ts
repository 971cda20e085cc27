import { type FoundContact, searchChangedContacts } from '../highlevel/search-contacts.ts'
import { Trouble } from '../lib/trouble.ts'
import { type ContactPlace, readContactPlace } from './contact-place.ts'
import { findUntold } from './find-untold.ts'
import { hearSilence } from './silence.ts'
import { lastHeard } from './told-store.ts'
import { type Step, storeStep, type Visit, type VisitDeps } from './visit.ts'

const MINUTE_MS = 60_000
/** The first page is small, for mostly nothing happened; whoever has to read on reads more at once. */
const FIRST_PAGE = 20
const PAGE = 100
/** Then it is the next tenant's turn. */
const MOST_PAGES = 20
/** Read again each time: the index lags, several changes have one time, and the clocks of several servers differ. */
const OVERLAP_MS = 10 * MINUTE_MS
/** What is younger is left to the events, which take a moment. */
const YOUNG_MS = 90_000
/** A clock that was set back by more than this was wrong before. */
const LONGEST_STEP_MS = 24 * 60 * MINUTE_MS

/**
 * Looks which contacts changed without any event having told it, the one changed last first, down to where the visit before
 * was. The first visit only notes where to begin.
 */
export async function pollContacts(deps: VisitDeps, visit: Visit): Promise<Step> {
  let step: Step = { poll: visit.poll, found: 0, more: true }
  for (let page = 1; step.more && page <= MOST_PAGES; page++) {
    const next = await readPage(deps, { ...visit, poll: step.poll }, page === 1)
    step = { ...next, found: step.found + next.found }
  }
  return step
}

async function readPage(deps: VisitDeps, visit: Visit, isFirst: boolean): Promise<Step> {
  const place = readContactPlace(visit.poll.place)
  if (!place) return beginHere(deps, visit)
  const { reading } = place
  const limit = reading ? PAGE : FIRST_PAGE
  const page = await searchChangedContacts(visit.api, { ...visit, limit, after: reading?.after ?? null })
  const now = deps.platformClock()
  const behind = setBackBy(place, { now, ours: deps.now() })
  const from = reading?.from ?? Math.max(place.since, place.upTo - OVERLAP_MS) - behind
  const target = reading?.target ?? settledBy(page, place, now)
  const changed = page.filter((contact) => contact.updatedAt >= from && !isYoung(contact, now))
  const untold = await findUntold(deps, visit, changed, { from, now })
  const last = page.at(-1)
  const more = page.length === limit && last !== undefined && last.updatedAt >= from
  if (more && last.searchAfter.length === 0) throw new Trouble('unexpected_answer', { detail: NO_WAY_ON })
  const common = { since: place.since - behind, at: now, oursAt: deps.now() }
  return storeStep(deps, visit, {
    place: more
      ? { ...common, upTo: place.upTo, reading: { from, target, after: last.searchAfter } }
      : { ...common, upTo: target, reading: null },
    deliveries: untold.deliveries,
    more,
    ...(isFirst && { silence: await listen(deps, visit, untold.newestAt) }),
  })
}

const NO_WAY_ON = 'The platform listed contacts without saying how to go on.'

/** Nothing of before is told. One call, for what it says of the time there. */
async function beginHere(deps: VisitDeps, visit: Visit): Promise<Step> {
  await searchChangedContacts(visit.api, { ...visit, limit: 1, after: null })
  const now = deps.platformClock()
  const place: ContactPlace = { since: now, upTo: now, at: now, oursAt: deps.now(), reading: null }
  return storeStep(deps, visit, { place, deliveries: [], more: false })
}

/**
 * Up to when everything will be settled once the reading is through: to the newest change that was there when it began, so
 * that what moves while pages are read is met by the next one.
 */
const settledBy = (page: readonly FoundContact[], { upTo }: ContactPlace, now: number): number =>
  Math.min(Math.max(page[0]?.updatedAt ?? upTo, upTo), now - YOUNG_MS)

/** What lies well ahead of the clock will not become older soon: it is not waited for. */
const isYoung = ({ updatedAt }: FoundContact, now: number): boolean =>
  updatedAt > now - YOUNG_MS && updatedAt <= now + MINUTE_MS

/** How far the platform's clock was set back since the last visit: what happened then seems to lie before it. */
const setBackBy = ({ at, oursAt }: ContactPlace, { now, ours }: { now: number; ours: number }): number =>
  Math.min(Math.max(0, at + (ours - oursAt) - now), LONGEST_STEP_MS)

async function listen({ database, platformClock, now }: VisitDeps, { tenantId, poll }: Visit, newestAt: number | null) {
  const since = poll.lookedAt?.getTime() ?? now()
  const heardAt = await database.asTenant(tenantId, (db) => lastHeard(db, now() - since + OVERLAP_MS))
  const untoldAt = newestAt === null ? null : new Date(newestAt - platformClock.offsetMs())
  return hearSilence(poll, { heardAt, untoldAt })
}
