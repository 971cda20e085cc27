import { createAutomation, endJourney, getAutomation, startJourney } from './automations.ts'
import { addEvent, createCampaign, getCampaign, sendCampaign } from './campaigns.ts'
import { updateContact } from './contacts.ts'
import { addSmsEvent, createSmsCampaign, getSmsCampaign, receiveReply } from './sms.ts'
import { type Account, type CampaignEvent, nextId, type Page, type SmsEvent, timestamp, type World } from './state.ts'

/** What happens in the seeded account without anybody's API: mails are opened, people reply, journeys end. */
export function happenings(world: World) {
  const account = (): Account => world.state.accounts[0] as Account
  const pushed = <Item extends { id: number }>(list: Item[], item: Item): { id: number } => {
    list.push(item)
    world.changed()
    return { id: item.id }
  }

  return {
    createCampaign: (name: string, groupIds: number[]): { id: number } => {
      const details = { name, subject: name, user_profile_id: 1 }
      return { id: createCampaign(world, account(), { details, segment: { group_ids: groupIds } }).id }
    },
    sendCampaign: (id: number): void => sendCampaign(world, account(), getCampaign(account(), id)),
    campaigns: () => structuredClone(account().campaigns),
    /** The contact opens it, clicks a link in it, is not reached by it, or complains of it. */
    campaignEvent(id: number, event: Omit<CampaignEvent, 'at'>): void {
      addEvent(world, getCampaign(account(), id), event)
      if (event.kind === 'unsubscribed') updateContact(world, account(), event.contactId, { status: 'Unsubscribed' })
    },

    createSmsCampaign: (name: string): { id: number } => ({ id: createSmsCampaign(world, account(), name).id }),
    smsEvent: (id: number, event: Omit<SmsEvent, 'at'>): void =>
      addSmsEvent(world, getSmsCampaign(account(), id), event),
    replyBySms: (phone: string, content: string): void => receiveReply(world, account(), phone, content),
    smsCampaigns: () => structuredClone(account().smsCampaigns),

    /** A journey; with a group, begun by joining that. */
    createAutomation: (name: string, groupId: number | null = null): { id: number } => ({
      id: createAutomation(world, account(), { name, groupId }).id,
    }),
    startJourney: (id: number, contactId: number): void =>
      startJourney(world, account(), getAutomation(account(), id), contactId),
    endJourney: (id: number, contactId: number): void => endJourney(world, account(), id, contactId),
    automations: () => structuredClone(account().automations),
    journeyRuns: () => structuredClone(account().journeyRuns),

    /** Two contacts that are one, found by whatever means. */
    createMerge: (email: string, sms: string) =>
      pushed(account().merges, { id: nextId(world), email, sms, createdAt: timestamp(world) }),
    createPage: (kind: Page['kind'], name: string) => pushed(account().pages, { id: nextId(world), kind, name }),
    createTemplate: (name: string, content: string) =>
      pushed(account().templates, { id: nextId(world), name, content }),
    createMailingList: (name: string, members: number[] = []) =>
      pushed(account().mailingLists, { id: nextId(world), name, members }),
    mailingLists: () => structuredClone(account().mailingLists),
    externalIds: () => structuredClone(account().externalIds),
    operationalMails: () => structuredClone(account().operationalMails),
    credits: () => ({ ...account().credits }),
  }
}
