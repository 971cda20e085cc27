import type { ActiveTrailControl } from '../../src/sandbox/activetrail/control.ts'
import type { TriggerExamples } from '../contract/poll-battery.ts'

type Place = Record<keyof typeof PLACE, number>

/** A fresh sandbox gives the same ids each time. */
export const PLACE = {
  groupId: 1005,
  memberId: 1006,
  campaignId: 1007,
  smsCampaignId: 1008,
  automationId: 1009,
  templateId: 1010,
  mailingListId: 1011,
  draftId: 1012,
}
const NEXT_ID = 1013

const MEMBER_PHONE = '+972501230000'

/** What is there before anything happens. */
export function stage(control: ActiveTrailControl, { groupId, memberId }: Pick<Place, 'groupId' | 'memberId'>): Place {
  const { id: campaignId } = control.createCampaign('May news', [groupId])
  control.sendCampaign(campaignId)
  const { id: smsCampaignId } = control.createSmsCampaign('May text')
  const { id: automationId } = control.createAutomation('Welcome')
  const { id: templateId } = control.createTemplate('Plain', '<p>שלום</p>')
  const { id: mailingListId } = control.createMailingList('All', [memberId])
  const { id: draftId } = control.createCampaign('Not yet sent', [groupId])
  return { groupId, memberId, campaignId, smsCampaignId, automationId, templateId, mailingListId, draftId }
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

const member = { objectId: String(PLACE.memberId) }
const made = { objectId: String(NEXT_ID) }
const group = { options: { group_id: String(PLACE.groupId) } }

export const triggerExamples: TriggerExamples = {
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

const contact = { contact_id: PLACE.memberId }
const draft = { name: 'July news', subject: 'חדשות', user_profile_id: 1, group_ids: [PLACE.groupId] }
const campaign = { campaign_id: PLACE.campaignId }

/** For each action, an input that does something in a fresh sandbox. */
export const actionExamples: Record<string, object> = {
  upsert_contact: {
    email: 'new@example.com',
    sms: '+972501234567',
    first_name: 'שירה',
    birthday: '1990-02-03',
    num1: 4,
  },
  update_contact: { ...contact, email: 'renamed@example.com', city: 'Lod', birthday: '1990-02-03' },
  archive_contact: contact,
  delete_contact: contact,
  bulk_import_contacts: { group_id: PLACE.groupId, contacts: [{ email: 'a@example.com' }, { sms: '0501112233' }] },
  unsubscribe_email: { email: 'member@example.com' },
  unsubscribe_sms: { sms: '0501230000' },
  resubscribe_email: { ...contact, consent: 'Signed the form at the counter on 3 May.', subscribe_ip: '192.0.2.7' },
  resubscribe_sms: { ...contact, consent: 'Signed the form at the counter on 3 May.' },
  suppress_contact: contact,
  map_external_id: { ...contact, external_id: 'ghl-7' },
  add_to_group: { group_name: 'New group', email: 'joiner@example.com', is_trigger_events: true },
  remove_from_group: { group_name: 'Students', email: 'member@example.com' },
  ensure_group: { name: 'מתעניינים' },
  rename_group: { group_id: PLACE.groupId, name: 'Pupils' },
  start_automation_by_group: { group_name: 'New leads', email: 'lead@example.com' },
  set_automation_active: { automation_id: PLACE.automationId, is_active: false },
  add_to_mailing_list: { mailing_list_id: PLACE.mailingListId, group_ids: [PLACE.groupId], email: 'list@example.com' },
  remove_from_mailing_list: { mailing_list_id: PLACE.mailingListId, email: 'member@example.com' },
  add_to_group_and_send_campaign: { group_id: PLACE.groupId, ...campaign, email: 'lead@example.com' },
  send_campaign_to_contact: { ...campaign, email: 'member@example.com' },
  create_campaign_draft: { ...draft, content: '<p>שלום</p>' },
  create_campaign_from_template: { ...draft, template_id: PLACE.templateId },
  schedule_campaign: { campaign_id: PLACE.draftId, send_at: '2026-05-05T09:00:00+03:00' },
  send_sms: { name: 'Reminder', content: 'מחר בעשר', phone_numbers: ['+972501112233'], from_name: 'Causeway' },
  send_operational_email: {
    name: 'Receipt',
    subject: 'Your receipt',
    content: '<p>Thanks</p>',
    user_profile_id: 1,
    emails: ['receipt@example.com'],
  },
  find_contact: { sms: '0501230000' },
  find_group: { name: 'Students' },
  get_contact_activity: contact,
  get_campaign_report: campaign,
}
