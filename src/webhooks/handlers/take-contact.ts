import { type ContactChanges, type ContactNews, hear, hearDeletion } from '../../flows/contact-state.ts'
import { changeContactState, readContactState } from '../../flows/keep-contact-state.ts'
import type { PlatformEvent } from '../../flows/platform-event.ts'
import type { PlatformTrigger } from '../../highlevel/events/triggers.ts'
import type { SyncDeps } from '../../sync/sync-deps.ts'
import { contactNews } from './contact-news.ts'
import type { Handler, TakenEvent } from './handler.ts'
import { platformEventOf } from './platform-event-of.ts'
import { tellFlows } from './tell-flows.ts'

/**
 * A contact that was made or changed, in whatever respect. What is known of its tags and do-not-disturb is brought up to
 * date once the flows are done with the difference, so that it is still there when they have to try again.
 */
export const takeContactChange: Handler = async (deps, taken) => {
  const news = contactNews(taken)
  const result = await tellFlows(deps, taken, async (db) => {
    const known = await readContactState(deps.vault, db, taken.recordId)
    return eventsOf(taken, hear(known, news).changes)
  })
  if (result.state === 'done' && saysSomething(news)) await keep(deps, taken, (known) => hear(known, news).state)
  return result
}

/** Nothing of it is kept any more, and news from before tells nothing. */
export const takeContactDeletion: Handler = async (deps, taken) => {
  const result = await tellFlows(deps, taken, () => [platformEventOf('highlevel.contact_deleted', taken)])
  if (result.state === 'done') await keep(deps, taken, (known) => hearDeletion(known, taken.at))
  return result
}

const saysSomething = ({ isNew, tags, doNotDisturb }: ContactNews): boolean => Boolean(isNew || tags || doNotDisturb)

/**
 * A difference is told by the first event that shows it, whatever its type: of an edit that leads to two events, the one
 * that is about tags may come second, and then says nothing new.
 */
function eventsOf(taken: TakenEvent, changes: ContactChanges): PlatformEvent[] {
  const isNew = taken.kind.type === 'ContactCreate'
  const triggers: PlatformTrigger[] = [
    ...(isNew ? (['highlevel.contact_created'] as const) : []),
    'highlevel.contact_changed', // a created contact counts as changed
    ...(isTold(taken, 'ContactTagUpdate', changes.tags) ? (['highlevel.contact_tags_changed'] as const) : []),
    ...(isTold(taken, 'ContactDndUpdate', changes.doNotDisturb) ? (['highlevel.contact_dnd_changed'] as const) : []),
  ]
  return triggers.map((trigger) => ({ ...platformEventOf(trigger, taken), changes }))
}

/** What is heard of for the first time may be no change at all, unless the event is there to tell one. */
function isTold({ kind }: TakenEvent, type: string, change: ContactChanges['tags'] | ContactChanges['doNotDisturb']) {
  if (!change) return false
  const isKnown = 'before' in change ? change.before === 'known' : change.stricter.length + change.looser.length > 0
  return isKnown || kind.type === type
}

const keep = (
  deps: SyncDeps,
  { tenantId, recordId }: TakenEvent,
  change: Parameters<typeof changeContactState>[2]['change'],
): Promise<void> =>
  deps.database.asTenant(tenantId, (db) =>
    changeContactState(deps.vault, db, { contactId: recordId, change, at: new Date(deps.now()) }),
  )
