import type { Faults } from '../support/faults.ts'
import type { Recorder } from '../support/recorder.ts'
import { parseContactBody } from './contact-body.ts'
import { contactView, createContact, deleteContact, getContact, updateContact } from './contacts.ts'
import { createGroup, groupsOf, joinGroup, leaveGroup, membersOf } from './groups.ts'
import { happenings } from './happenings.ts'
import type { HookSenderControl } from './hook-sender.ts'
import type { Modes } from './modes.ts'
import { type Access, type Account, type Contact, openAccount, timestamp, type World } from './state.ts'

export type ActiveTrailControl = ReturnType<typeof createControl>

/**
 * What tests and other processes may do behind the API's back. Without a token, a function means the seeded account; ids
 * are unique across accounts.
 */
export function createControl(deps: { world: World; faults: Faults; recorder: Recorder; hooks: HookSenderControl }) {
  const { world, faults, recorder } = deps
  const { state } = world

  function accountBy(token?: string): Account {
    const account = token === undefined ? state.accounts[0] : state.accounts.find((one) => one.token === token)
    if (!account) throw new Error('There is no account with this token.')
    return account
  }

  function accountWith(kind: 'contacts' | 'groups', id: number): Account {
    const account = state.accounts.find((one) => one[kind].some((item) => item.id === id))
    if (!account) throw new Error(`There is nothing with the id ${id} among the ${kind}.`)
    return account
  }

  return {
    ...deps.hooks,
    fail: faults.add,
    clearFaults: faults.clear,
    requests: recorder.list,
    clearRequests: recorder.clear,

    now: (): number => world.now(),
    advance(ms: number): void {
      state.clockOffsetMs += ms
      world.changed()
    },
    modes: (): Modes => ({ ...state.modes }),
    setModes(modes: Partial<Modes>): void {
      Object.assign(state.modes, modes)
      world.changed()
    },

    createAccount: (name: string, token?: string): { token: string } => {
      if (state.accounts.some((account) => account.token === token)) throw new Error('This token is taken.')
      return { token: openAccount(world, { name, ...(token !== undefined && { token }) }).token }
    },
    setAccess(access: Access, token?: string): void {
      accountBy(token).access = access
      world.changed()
    },
    setCredits(credits: { email: number; sms: number }, token?: string): void {
      accountBy(token).credits = credits
      world.changed()
    },
    setFieldLabels(labels: { column: string; label: string }[], token?: string): void {
      accountBy(token).fieldLabels = labels
      world.changed()
    },

    contacts: (token?: string): ContactRecord[] =>
      accountBy(token).contacts.map((contact) => contactRecord(accountBy(token), contact)),
    createContact(fields: object, token?: string): ContactRecord {
      const account = accountBy(token)
      return contactRecord(account, createContact(world, account, parseContactBody(fields)))
    },
    editContact(id: number, fields: object): ContactRecord {
      const account = accountWith('contacts', id)
      return contactRecord(account, updateContact(world, account, id, parseContactBody(fields)))
    },
    deleteContact(id: number): void {
      deleteContact(world, accountWith('contacts', id), id)
    },
    /** What sending to the address brought back. */
    setDelivery(id: number, delivery: Contact['delivery']): void {
      Object.assign(getContact(accountWith('contacts', id), id), { delivery, stateChangedAt: timestamp(world) })
      world.changed()
    },

    groups: (token?: string): GroupRecord[] =>
      accountBy(token).groups.map((group) => ({
        id: group.id,
        name: group.name,
        members: membersOf(accountBy(token), group.id).map(({ id, email, sms }) => ({ id, email, sms })),
      })),
    createGroup: (name: string, token?: string): { id: number } => ({
      id: createGroup(world, accountBy(token), name).id,
    }),
    addMember(groupId: number, contactId: number): void {
      joinGroup(world, accountWith('groups', groupId), groupId, contactId)
    },
    removeMember(groupId: number, contactId: number): void {
      leaveGroup(world, accountWith('groups', groupId), groupId, contactId)
    },

    ...happenings(world),

    journeyStarts: (token?: string) => structuredClone(accountBy(token).journeyStarts),
    campaignSends: (token?: string) => structuredClone(accountBy(token).campaignSends),
    webhooks: (token?: string) => structuredClone(accountBy(token).webhooks),
    merges: (token?: string) => structuredClone(accountBy(token).merges),
  }
}

/** A contact as the API shows it, with the groups it is in. */
export type ContactRecord = Record<string, unknown> & { id: number; groups: string[] }
export type GroupRecord = {
  id: number
  name: string
  members: { id: number; email: string | null; sms: string | null }[]
}

const contactRecord = (account: Account, contact: Contact): ContactRecord => ({
  ...contactView(contact),
  id: contact.id,
  groups: groupsOf(account, contact.id).map((group) => group.name),
})
