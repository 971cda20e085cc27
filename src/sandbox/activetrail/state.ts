import { randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import type { HookSender } from './hook-sender.ts'
import { defaultModes, type Modes } from './modes.ts'
import type { ParameterBody, WebhookBody } from './webhook-body.ts'

export type SubscriptionStatus = 'None' | 'Subscribed' | 'Unsubscribed' | 'Pending'

export type Contact = {
  id: number
  email: string | null
  sms: string | null
  status: SubscriptionStatus
  sms_status: SubscriptionStatus
  is_do_not_mail: boolean
  is_deleted: boolean
  /** What came back from sending to this address. */
  delivery: 'fine' | 'BOUNCED' | 'SPAM_COMPLIENT' | 'QUARANTINED'
  /** Every other property: names, address, custom columns. */
  details: Record<string, string | number>
  createdAt: string
  /** When a status changed; the lists' date window looks at this, not at `changedAt`. */
  stateChangedAt: string
  changedAt: string
}

export type Group = { id: number; name: string; createdAt: string }
export type Membership = { groupId: number; contactId: number; joinedAt: string }
export type Merge = { id: number; email: string; sms: string; createdAt: string }
/** A journey with a "joined group" trigger that began, or a campaign sent on joining. */
export type JourneyStart = { groupId: number; contactId: number; at: string }
export type CampaignSend = { campaignId: number; contactId: number; at: string }

/** What somebody asked to be called for. */
export type Webhook = Omit<WebhookBody, 'parameters'> & {
  id: number
  parameters: (ParameterBody & { id: number })[]
  createdAt: string
  updatedAt: string
}

export type Access = 'open' | 'revoked' | 'ip_restricted' | 'disabled'

export type Account = {
  name: string
  token: string
  access: Access
  credits: { email: number; sms: number }
  fieldLabels: { column: string; label: string }[]
  contacts: Contact[]
  groups: Group[]
  memberships: Membership[]
  merges: Merge[]
  journeyStarts: JourneyStart[]
  campaignSends: CampaignSend[]
  webhooks: Webhook[]
}

export type SandboxState = { version: 2; accounts: Account[]; lastId: number; clockOffsetMs: number; modes: Modes }

/** What every part of the sandbox works on. */
export type World = { state: SandboxState; now: Clock; changed(): void; hooks: HookSender }

export const nextId = (world: World): number => {
  world.state.lastId += 1
  return world.state.lastId
}

export const timestamp = (world: World): string => new Date(world.now()).toISOString()

export const emptyState = (): SandboxState => ({
  version: 2,
  accounts: [],
  lastId: 1000,
  clockOffsetMs: 0,
  modes: { ...defaultModes },
})

export function openAccount(world: World, { name, token = newToken() }: { name: string; token?: string }): Account {
  const account: Account = {
    name,
    token,
    access: 'open',
    credits: { email: 5000, sms: 250 },
    fieldLabels: [],
    contacts: [],
    groups: [],
    memberships: [],
    merges: [],
    journeyStarts: [],
    campaignSends: [],
    webhooks: [],
  }
  world.state.accounts.push(account)
  world.changed()
  return account
}

/** Tokens seen in public code look like this. */
const newToken = (): string => `0X${randomBytes(32).toString('hex').toUpperCase()}`
