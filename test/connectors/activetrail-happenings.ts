import type { ActiveTrailControl } from '../../src/sandbox/activetrail/control.ts'
import type { TriggerExamples } from '../contract/poll-battery.ts'

type Place = { campaignId: number; smsCampaignId: number; automationId: number; groupId: number; memberId: number }

const MEMBER_PHONE = '+972501230000'

/** What is there before anything happens. */
export function stage(control: ActiveTrailControl, groupId: number): Omit<Place, 'groupId' | 'memberId'> {
  const { id: campaignId } = control.createCampaign('May news', [groupId])
  control.sendCampaign(campaignId)
  const { id: smsCampaignId } = control.createSmsCampaign('May text')
  const { id: automationId } = control.createAutomation('Welcome')
  return { campaignId, smsCampaignId, automationId }
}

/** Each trigger's happening, to the one contact. */
export function happenings(control: ActiveTrailControl, place: Place): Record<string, () => unknown> {
  const { campaignId, smsCampaignId, automationId, groupId, memberId } = place
  const campaign = (event: {
    kind: 'opened' | 'clicked' | 'unsubscribed' | 'bounced'
    link?: string
    reason?: string
  }) => control.campaignEvent(campaignId, { ...event, contactId: memberId })
  const sms = (kind: 'delivered' | 'failed' | 'clicked') =>
    control.smsEvent(smsCampaignId, { kind, phone: '0501230000' })
  return {
    contact_changed: () => control.editContact(memberId, { city: 'Lod' }),
    contact_subscribed: () => control.editContact(memberId, { status: 'Subscribed' }),
    contact_unsubscribed: () => control.editContact(memberId, { status: 'Unsubscribed' }),
    sms_unsubscribed: () => control.editContact(memberId, { sms_status: 'Unsubscribed' }),
    contact_bounced: () => control.setDelivery(memberId, 'BOUNCED'),
    spam_complaint: () => control.setDelivery(memberId, 'SPAM_COMPLIENT'),
    merge_conflict: () => control.createMerge('member@example.com', MEMBER_PHONE),
    contact_joined_group: () => control.addMember(groupId, control.createContact({ email: 'joiner@example.com' }).id),
    contact_left_group: () => control.removeMember(groupId, memberId),
    group_created: () => control.createGroup('New'),
    campaign_sent: () => control.sendCampaign(control.createCampaign('June news', [groupId]).id),
    campaign_opened: () => campaign({ kind: 'opened' }),
    campaign_link_clicked: () => campaign({ kind: 'clicked', link: 'https://example.com/offer' }),
    campaign_unsubscribed: () => campaign({ kind: 'unsubscribed', reason: 'Too many' }),
    campaign_bounced: () => campaign({ kind: 'bounced' }),
    sms_reply_received: () => control.replyBySms('0501230000', 'התקשרו אליי'),
    sms_delivered: () => sms('delivered'),
    sms_failed: () => sms('failed'),
    sms_link_clicked: () => sms('clicked'),
    automation_started: () => control.startJourney(automationId, memberId),
    automation_completed: () => {
      control.startJourney(automationId, memberId)
      control.endJourney(automationId, memberId)
    },
    landing_page_created: () => control.createPage('landing page', 'Summer'),
    signup_form_created: () => control.createPage('sign-up form', 'Newsletter'),
    credits_low: () => control.setCredits({ email: 7, sms: 250 }),
  }
}

/** A fresh sandbox gives the same ids each time: the next one is that of what is made last. */
export function triggerExamples({ groupId, memberId }: { groupId: number; memberId: number }): TriggerExamples {
  const member = { objectId: String(memberId) }
  const made = { objectId: String(memberId + 4) }
  const group = { options: { group_id: String(groupId) } }
  return {
    contact_changed: member,
    contact_subscribed: member,
    contact_unsubscribed: member,
    sms_unsubscribed: member,
    contact_bounced: member,
    spam_complaint: member,
    merge_conflict: made,
    contact_joined_group: { ...group, ...made },
    contact_left_group: { ...group, ...member },
    group_created: made,
    campaign_sent: made,
    campaign_opened: member,
    campaign_link_clicked: member,
    campaign_unsubscribed: member,
    campaign_bounced: member,
    sms_reply_received: member,
    sms_delivered: member,
    sms_failed: member,
    sms_link_clicked: member,
    automation_started: member,
    automation_completed: member,
    landing_page_created: made,
    signup_form_created: made,
    credits_low: { options: { channel: 'email', threshold: 10 }, objectId: 'email' },
  }
}
