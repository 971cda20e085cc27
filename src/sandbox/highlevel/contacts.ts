import { changedContact, cleanTags } from './contact-changes.ts'
import { announceContact } from './contact-events.ts'
import type { ContactInput } from './contact-input.ts'
import { fullName } from './contact-view.ts'
import type { Contact } from './data.ts'
import { newId } from './ids.ts'
import type { InstallDeps } from './installs.ts'
import { findLocation } from './places.ts'
import { badRequest } from './refusal.ts'
import { emailKey, phoneKey } from './tables.ts'
import type { World } from './world.ts'

export function createContact(deps: InstallDeps, locationId: string, input: ContactInput): Contact {
  const { world } = deps
  const duplicate = findDuplicate(world, locationId, input)
  if (duplicate !== undefined && !allowsDuplicates(world, locationId)) throw duplicateRefused(duplicate)
  const now = world.now()
  const contact = changedContact(blankContact(locationId, now), input, fieldsOf(world, locationId), now)
  world.contacts.put(contact)
  return saved(deps, null, contact)
}

export const blankContact = (locationId: string, now: number): Contact => ({
  id: newId(),
  locationId,
  tags: [],
  customFields: [],
  dnd: false,
  dndSettings: {},
  dateAdded: new Date(now).toISOString(),
  dateUpdated: new Date(now).toISOString(),
})

export function updateContact(deps: InstallDeps, contact: Contact, input: ContactInput): Contact {
  const { world } = deps
  const duplicate = findDuplicate(world, contact.locationId, input, contact.id)
  // Seen documented for creating only; an update that could make a duplicate is taken as strictly.
  if (duplicate !== undefined && !allowsDuplicates(world, contact.locationId)) throw duplicateRefused(duplicate)
  return replace(deps, contact, changedContact(contact, input, fieldsOf(world, contact.locationId), world.now()))
}

/**
 * When e-mail and phone point to two contacts, the first criterion wins and the other value is not written: no error,
 * only the answer shows it.
 */
export function upsertContact(
  deps: InstallDeps,
  locationId: string,
  input: ContactInput,
  options: { createNewIfDuplicateAllowed: boolean },
): { isNew: boolean; contact: Contact } {
  const { world } = deps
  const createsAlways = options.createNewIfDuplicateAllowed && allowsDuplicates(world, locationId)
  const match = createsAlways ? undefined : findDuplicate(world, locationId, input)
  if (match === undefined) return { isNew: true, contact: createContact(deps, locationId, input) }
  const other = findDuplicate(world, locationId, { phone: input.phone ?? null }, match.contact.id)
  const { phone, ...withoutPhone } = input
  const writable = other === undefined ? input : withoutPhone
  const changed = changedContact(match.contact, writable, fieldsOf(world, locationId), world.now())
  return { isNew: false, contact: replace(deps, match.contact, changed) }
}

export function deleteContact(deps: InstallDeps, contact: Contact): void {
  const { world } = deps
  world.contacts.remove(contact)
  removeBelongings(world, contact)
  world.data.enrolments = world.data.enrolments.filter(({ contactId }) => contactId !== contact.id)
  world.changed()
  announceContact(deps, contact, null)
}

/** What belongs to it goes with it, and nothing is told of that: what the platform does is not documented. */
function removeBelongings({ tasks, notes, appointments, opportunities }: World, { id }: Contact): void {
  for (const task of tasks.list('contactId', id)) tasks.remove(task)
  for (const note of notes.list('contactId', id)) notes.remove(note)
  for (const appointment of appointments.list('contactId', id)) appointments.remove(appointment)
  for (const opportunity of opportunities.list('contactId', id)) opportunities.remove(opportunity)
}

export const addTags = (deps: InstallDeps, contact: Contact, tags: string[]): Contact =>
  setTags(deps, contact, [...contact.tags, ...tags])

export function removeTags(deps: InstallDeps, contact: Contact, tags: string[]): Contact {
  const removed = cleanTags(tags)
  const left = contact.tags.filter((tag) => !removed.includes(tag))
  return setTags(deps, contact, left)
}

const setTags = (deps: InstallDeps, contact: Contact, tags: string[]): Contact =>
  replace(deps, contact, changedContact(contact, { tags }, [], deps.world.now()))

function replace(deps: InstallDeps, before: Contact, after: Contact): Contact {
  rememberEarlier(deps.world, before)
  deps.world.contacts.put(after)
  return saved(deps, before, after)
}

/** For as long as the search shows it. */
function rememberEarlier({ earlierContacts, switches }: World, before: Contact): void {
  if (switches.searchLagMs === 0) earlierContacts.delete(before.id)
  else earlierContacts.set(before.id, [...(earlierContacts.get(before.id) ?? []), before])
}

function saved(deps: InstallDeps, before: Contact | null, after: Contact): Contact {
  learnTags(deps.world, after)
  deps.world.changed()
  announceContact(deps, before, after)
  return after
}

/** A tag used on a contact is a tag of the location from then on. */
function learnTags(world: World, { locationId, tags }: Contact): void {
  const known = new Set(world.data.tags.filter((tag) => tag.locationId === locationId).map((tag) => tag.name))
  for (const name of tags) if (!known.has(name)) world.data.tags.push({ id: newId(), locationId, name })
}

export type Duplicate = { contact: Contact; matchingField: 'email' | 'phone' }

/** E-mail first, then phone: the order of the location's setting. */
export function findDuplicate(
  world: World,
  locationId: string,
  { email, phone }: Pick<ContactInput, 'email' | 'phone'>,
  exceptId?: string,
): Duplicate | undefined {
  const isOther = (one: Contact): boolean => one.id !== exceptId
  const byEmail = email ? listByEmail(world, emailKey(locationId, email)).find(isOther) : undefined
  if (byEmail !== undefined) return { contact: byEmail, matchingField: 'email' }
  const byPhone = phone ? world.contacts.list('phone', phoneKey(locationId, phone)).find(isOther) : undefined
  return byPhone && { contact: byPhone, matchingField: 'phone' }
}

/** By a further address too: an upsert by that puts it in the place of the first (issue 337). */
const listByEmail = ({ contacts }: World, key: string): Contact[] => [
  ...contacts.list('email', key),
  ...contacts.list('secondEmail', key),
]

function duplicateRefused({ contact, matchingField }: Duplicate): Error {
  const meta = { contactId: contact.id, contactName: fullName(contact), matchingField }
  return badRequest('This location does not allow duplicated contacts.', meta)
}

const allowsDuplicates = (world: World, locationId: string): boolean =>
  findLocation(world, locationId)?.allowDuplicateContact ?? false

const fieldsOf = (world: World, locationId: string) =>
  world.data.customFields.filter((field) => field.locationId === locationId)
