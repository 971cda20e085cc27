import { isDeepStrictEqual } from 'node:util'
import { announce } from './announce.ts'
import { fullName, withoutEmpty } from './contact-view.ts'
import type { Contact } from './data.ts'
import type { InstallDeps } from './installs.ts'
import type { EventType } from './webhook-event.ts'

/** What the app is told of a change, if it is installed there and may read contacts. */
export function announceContact(deps: InstallDeps, before: Contact | null, after: Contact | null): void {
  const contact = after ?? before
  if (contact === null) return
  const { locationId } = contact
  for (const type of eventsOf(before, after)) {
    announce(deps, { type, scope: 'contacts.readonly', locationId, fields: payloadOf(type, contact) })
  }
}

function eventsOf(before: Contact | null, after: Contact | null): EventType[] {
  if (before === null) return ['ContactCreate']
  if (after === null) return ['ContactDelete']
  const changes: [EventType, boolean][] = [
    ['ContactUpdate', !isDeepStrictEqual(detailsOf(before), detailsOf(after))],
    ['ContactTagUpdate', !isDeepStrictEqual(before.tags, after.tags)],
    ['ContactDndUpdate', !isDeepStrictEqual(dndOf(before), dndOf(after))],
  ]
  return changes.flatMap(([type, happened]) => (happened ? [type] : []))
}

/** Inbound-only changes of do-not-disturb are not told to anyone. */
function detailsOf({ tags, dnd, dndSettings, inboundDndSettings, dateUpdated, ...details }: Contact): object {
  return details
}

const dndOf = ({ dnd, dndSettings }: Contact): object => ({ dnd, dndSettings })

/** HighLevel docs, contact webhooks: a fixed list of fields; what has no value is left out. */
function payloadOf(type: EventType, contact: Contact): object {
  const {
    timezone,
    dndSettings,
    inboundDndSettings,
    followers,
    secondEmail,
    dateUpdated,
    tags,
    customFields,
    ...fields
  } = contact
  return {
    ...withoutEmpty({ ...fields, name: fullName(contact) }),
    // An event about tags says which there are, also when there are none.
    ...((tags.length > 0 || type === 'ContactTagUpdate') && { tags }),
    ...(customFields.length > 0 && { customFields }),
    ...(type === 'ContactDndUpdate' && { dndSettings }),
  }
}
