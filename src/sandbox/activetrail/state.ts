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

export type CampaignEvent = {
  kind: 'sent' | 'opened' | 'clicked' | 'unsubscribed' | 'bounced' | 'complained'
  contactId: number
  at: string
  link?: string
  reason?: string
}
/** An e-mail campaign. Only drafts can be changed. */
export type Campaign = {
  id: number
  name: string
  subject: string
  profileId: number
  content: string
  templateId: number | null
  groupIds: number[]
  status: 'draft' | 'scheduled' | 'sent'
  scheduledAt: string | null
  sentAt: string | null
  updatedAt: string
  events: CampaignEvent[]
}

export type SmsEvent = { kind: 'delivered' | 'failed' | 'clicked'; phone: string; at: string }
/** Operational ones go to numbers that the call names. */
export type SmsCampaign = {
  id: number
  name: string
  content: string
  fromName: string | null
  profileId: number | null
  isOperational: boolean
  mobiles: string[]
  scheduledAt: string | null
  createdAt: string
  events: SmsEvent[]
}
export type SmsReply = { id: number; phone: string; content: string; at: string }

/** A journey, begun by joining its group. */
export type Automation = { id: number; name: string; isActive: boolean; groupId: number | null; isRepeatable: boolean }
export type JourneyRun = { automationId: number; contactId: number; startedAt: string; endedAt: string | null }

export type Page = { id: number; kind: 'landing page' | 'sign-up form'; name: string }
export type Template = { id: number; name: string; content: string }
export type MailingList = { id: number; name: string; members: number[] }
export type ExternalId = { contactId: number; externalId: string; externalName: string }
/** A transactional mail: to whom and what, as it was asked for. */
export type OperationalMail = { id: number; name: string; subject: string; emails: string[]; at: string }

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
  campaigns: Campaign[]
  smsCampaigns: SmsCampaign[]
  smsReplies: SmsReply[]
  automations: Automation[]
  journeyRuns: JourneyRun[]
  pages: Page[]
  templates: Template[]
  mailingLists: MailingList[]
  externalIds: ExternalId[]
  operationalMails: OperationalMail[]
}

export type SandboxState = { version: 3; accounts: Account[]; lastId: number; clockOffsetMs: number; modes: Modes }

/** What every part of the sandbox works on. */
export type World = { state: SandboxState; now: Clock; changed(): void; hooks: HookSender }

export const nextId = (world: World): number => {
  world.state.lastId += 1
  return world.state.lastId
}

export const timestamp = (world: World): string => new Date(world.now()).toISOString()

export const emptyState = (): SandboxState => ({
  version: 3,
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
    campaigns: [],
    smsCampaigns: [],
    smsReplies: [],
    automations: [],
    journeyRuns: [],
    pages: [],
    templates: [],
    mailingLists: [],
    externalIds: [],
    operationalMails: [],
  }
  world.state.accounts.push(account)
  world.changed()
  return account
}

/** Tokens seen in public code look like this. */
const newToken = (): string => `0X${randomBytes(32).toString('hex').toUpperCase()}`
