import { Refusal } from './refusal.ts'
import type { SmsBody } from './sms-body.ts'
import { type Account, nextId, type SmsCampaign, type SmsEvent, timestamp, type World } from './state.ts'

/** Costs a credit for each number. That none left is refused with 400 is inferred. */
export function sendSms(world: World, account: Account, { details, scheduling, mobiles }: SmsBody): SmsCampaign {
  if (account.credits.sms < mobiles.length) throw new Refusal('BadRequest', { credits: ['Not enough SMS credits.'] })
  account.credits.sms -= mobiles.length
  const message: SmsCampaign = {
    id: nextId(world),
    name: details.name,
    content: details.content,
    fromName: details.from_name ?? null,
    profileId: details.sms_sending_profile_id ?? null,
    isOperational: true,
    mobiles: mobiles.map((one) => one.phone_number),
    scheduledAt: scheduling.send_now ? null : (scheduling.scheduled_date_utc ?? null),
    createdAt: timestamp(world),
    events: [],
  }
  account.smsCampaigns.push(message)
  world.changed()
  return message
}

export function createSmsCampaign(world: World, account: Account, name: string): SmsCampaign {
  const campaign: SmsCampaign = {
    ...{ id: nextId(world), name, content: name, fromName: 'Sandbox', profileId: null, isOperational: false },
    ...{ mobiles: [], scheduledAt: null, createdAt: timestamp(world), events: [] },
  }
  account.smsCampaigns.push(campaign)
  world.changed()
  return campaign
}

export function getSmsCampaign(account: Account, id: number): SmsCampaign {
  const campaign = account.smsCampaigns.find((candidate) => candidate.id === id)
  if (!campaign) throw new Refusal('ResourceNotFound')
  return campaign
}

export function addSmsEvent(world: World, campaign: SmsCampaign, event: Omit<SmsEvent, 'at'>): void {
  campaign.events.push({ ...event, at: timestamp(world) })
  world.changed()
}

export function receiveReply(world: World, account: Account, phone: string, content: string): void {
  account.smsReplies.push({ id: nextId(world), phone, content, at: timestamp(world) })
  world.changed()
}

export const smsView = (one: SmsCampaign) => ({
  id: one.id,
  name: one.name,
  from_name: one.fromName,
  sms_sending_profile_id: one.profileId,
  content: one.content,
})
