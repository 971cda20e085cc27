import { startJourneys } from './automations.ts'
import { noteCampaignSend } from './campaigns.ts'
import type { MemberBody } from './contact-body.ts'
import { stateOf, upsertContact } from './contacts.ts'
import { Refusal } from './refusal.ts'
import { type Account, type Contact, type Group, nextId, timestamp, type World } from './state.ts'

export function getGroup(account: Account, id: number): Group {
  const group = account.groups.find((candidate) => candidate.id === id)
  if (!group) throw new Refusal('ResourceNotFound')
  return group
}

/** Two groups may share a name: nothing says that they may not. */
export function createGroup(world: World, account: Account, name: string): Group {
  const group: Group = { id: nextId(world), name, createdAt: timestamp(world) }
  account.groups.push(group)
  world.changed()
  return group
}

export function renameGroup(world: World, account: Account, id: number, name: string): Group {
  const group = getGroup(account, id)
  group.name = name
  world.changed()
  return group
}

export function deleteGroup(world: World, account: Account, id: number): Group {
  const group = getGroup(account, id)
  account.groups = account.groups.filter((other) => other !== group)
  account.memberships = account.memberships.filter((membership) => membership.groupId !== id)
  world.changed()
  return group
}

export const groupsOf = (account: Account, contactId: number): Group[] =>
  account.groups.filter((group) => isMember(account, group.id, contactId))

export function membersOf(account: Account, groupId: number): Contact[] {
  const ids = new Set(account.memberships.filter((one) => one.groupId === groupId).map((one) => one.contactId))
  return account.contacts.filter((contact) => ids.has(contact.id))
}

/** A contact that is no member and one that does not exist are answered alike (ActiveTrail docs: manage group members). */
export function getMember(account: Account, groupId: number, contactId: number): Contact {
  const member = membersOf(account, groupId).find((contact) => contact.id === contactId)
  if (!member) throw new Refusal('ResourceNotFound')
  return member
}

/** Creates or updates the contact, makes it a member, and starts what it was asked to start: each time it is asked. */
export function addMember(world: World, account: Account, groupId: number, body: MemberBody): Contact {
  getGroup(account, groupId)
  const contact = upsertContact(world, account, body, body.is_solve_merge)
  joinGroup(world, account, groupId, contact.id)
  const at = timestamp(world)
  if (body.is_trigger_events) {
    account.journeyStarts.push({ groupId, contactId: contact.id, at })
    startJourneys(world, account, groupId, contact.id)
  }
  if (body.campaign_id) {
    account.campaignSends.push({ campaignId: body.campaign_id, contactId: contact.id, at })
    noteCampaignSend(world, account, body.campaign_id, contact.id)
  }
  return contact
}

export function joinGroup(world: World, account: Account, groupId: number, contactId: number): void {
  if (isMember(account, groupId, contactId)) return
  account.memberships.push({ groupId, contactId, joinedAt: timestamp(world) })
  world.changed()
}

export function leaveGroup(world: World, account: Account, groupId: number, contactId: number): Contact {
  const contact = getMember(account, groupId, contactId)
  account.memberships = account.memberships.filter(
    (membership) => membership.groupId !== groupId || membership.contactId !== contactId,
  )
  world.changed()
  return contact
}

export function groupView(account: Account, group: Group): Record<string, unknown> {
  const members = membersOf(account, group.id)
  return {
    id: group.id,
    name: group.name,
    active_counter: members.filter((contact) => stateOf(contact) === 'ACTIVE').length,
    counter: members.length,
    created: group.createdAt.slice(0, 19),
    last_generated: null,
  }
}

const isMember = (account: Account, groupId: number, contactId: number): boolean =>
  account.memberships.some((membership) => membership.groupId === groupId && membership.contactId === contactId)
