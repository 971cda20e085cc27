import type { CampaignBody, CampaignChange } from './campaign-body.ts'
import { getContact } from './contacts.ts'
import { Refusal } from './refusal.ts'
import { type Account, type Campaign, type CampaignEvent, nextId, timestamp, type World } from './state.ts'

export function getCampaign(account: Account, id: number): Campaign {
  const campaign = account.campaigns.find((candidate) => candidate.id === id)
  if (!campaign) throw new Refusal('ResourceNotFound')
  return campaign
}

/** A draft, unless its scheduling says otherwise. */
export function createCampaign(world: World, account: Account, body: CampaignBody): Campaign {
  const { details, design, template, segment, scheduling } = body
  for (const id of segment.group_ids) {
    if (!account.groups.some((group) => group.id === id)) throw new Refusal('ResourceNotFound')
  }
  const known = template && account.templates.find(({ id }) => id === template.id)
  if (template && !known) throw new Refusal('ResourceNotFound')
  const campaign: Campaign = {
    id: nextId(world),
    name: details.name,
    subject: details.subject,
    profileId: details.user_profile_id,
    // Content that is given overrides the template.
    content: design?.content || (known?.content ?? ''),
    templateId: known?.id ?? null,
    groupIds: segment.group_ids,
    status: 'draft',
    scheduledAt: null,
    sentAt: null,
    updatedAt: timestamp(world),
    events: [],
  }
  account.campaigns.push(campaign)
  world.changed()
  if (scheduling) schedule(world, account, campaign, scheduling)
  return campaign
}

/** Sent now, at a time, or not yet. Only a draft can still be told. */
export function schedule(
  world: World,
  account: Account,
  campaign: Campaign,
  scheduling: CampaignChange['scheduling'],
): void {
  requireDraft(campaign)
  const { is_sent: isSent, scheduled_date_utc: at } = scheduling
  campaign.scheduledAt = at ?? null
  if (isSent && at && Date.parse(`${at}Z`) > world.now()) campaign.status = 'scheduled'
  else if (isSent) sendCampaign(world, account, campaign)
  campaign.updatedAt = timestamp(world)
  world.changed()
}

function requireDraft(campaign: Campaign): void {
  if (campaign.status === 'draft') return
  throw new Refusal('BadRequest', { campaign: ['Only drafts can be updated.'] })
}

export function sendCampaign(world: World, account: Account, campaign: Campaign): void {
  const members = account.memberships.filter(({ groupId }) => campaign.groupIds.includes(groupId))
  campaign.status = 'sent'
  campaign.sentAt = timestamp(world)
  campaign.updatedAt = campaign.sentAt
  for (const contactId of new Set(members.map((one) => one.contactId))) {
    if (mayBeMailed(account, contactId)) addEvent(world, campaign, { kind: 'sent', contactId })
  }
  world.changed()
}

/** One contact gets a campaign by itself, each time it is asked for. */
export function noteCampaignSend(world: World, account: Account, campaignId: number, contactId: number): void {
  const campaign = account.campaigns.find(({ id }) => id === campaignId)
  if (!campaign || !mayBeMailed(account, contactId)) return
  addEvent(world, campaign, { kind: 'sent', contactId })
}

export function addEvent(world: World, campaign: Campaign, event: Omit<CampaignEvent, 'at'>): void {
  campaign.events.push({ ...event, at: timestamp(world) })
  campaign.updatedAt = timestamp(world)
  world.changed()
}

function mayBeMailed(account: Account, contactId: number): boolean {
  const contact = getContact(account, contactId)
  return !contact.is_do_not_mail && !contact.is_deleted && contact.status !== 'Unsubscribed' && contact.email !== null
}

export const campaignView = (campaign: Campaign) => ({
  id: campaign.id,
  name: campaign.name,
  subject: campaign.subject,
  status: campaign.status,
  details: { name: campaign.name, subject: campaign.subject, user_profile_id: campaign.profileId },
  segment: { group_ids: campaign.groupIds },
  scheduling: { is_sent: campaign.status !== 'draft', scheduled_date_utc: campaign.scheduledAt },
})
