import { createAutomation, endJourney, startJourney } from './automations.ts'
import { addEvent, createCampaign, sendCampaign } from './campaigns.ts'
import { updateContact } from './contacts.ts'
import { createGroup } from './groups.ts'
import { Refusal } from './refusal.ts'
import { receiveReply } from './sms.ts'
import { type Account, type Automation, type Campaign, type Contact, timestamp, type World } from './state.ts'

type Doing = (world: World, account: Account, contact: Contact) => void

const LINK = 'https://example.com/offer'

/** What a person at this page can have a contact do. What it takes, a campaign or a journey, is made where there is none. */
const doings: Record<string, { label: string; run: Doing }> = {
  opens: { label: 'Opens the latest campaign', run: toCampaign('opened') },
  clicks: { label: 'Clicks a link in it', run: toCampaign('clicked') },
  unsubscribes: { label: 'Unsubscribes by it', run: toCampaign('unsubscribed') },
  bounces: { label: 'Its address bounces', run: toCampaign('bounced') },
  complains: { label: 'Complains of spam', run: toCampaign('complained') },
  replies: { label: 'Replies by SMS', run: reply },
  starts: { label: 'Starts a journey', run: begin },
  completes: { label: 'Completes the journey', run: complete },
}

export const happeningOptions = Object.entries(doings).map(([key, { label }]) => ({ key, label }))

export function makeHappen(world: World, account: Account, contact: Contact, kind: unknown): void {
  const doing = typeof kind === 'string' && Object.hasOwn(doings, kind) ? doings[kind] : undefined
  if (!doing) throw new Refusal('BadRequest')
  doing.run(world, account, contact)
}

function toCampaign(kind: 'opened' | 'clicked' | 'unsubscribed' | 'bounced' | 'complained'): Doing {
  return (world, account, contact) => {
    const event = { kind, contactId: contact.id, ...(kind === 'clicked' && { link: LINK }) }
    if (kind === 'unsubscribed') updateContact(world, account, contact.id, { status: 'Unsubscribed' })
    if (kind === 'bounced') setDelivery(world, contact, 'BOUNCED')
    if (kind === 'complained') setDelivery(world, contact, 'SPAM_COMPLIENT')
    addEvent(world, latestCampaign(world, account), event)
  }
}

function setDelivery(world: World, contact: Contact, delivery: Contact['delivery']): void {
  Object.assign(contact, { delivery, stateChangedAt: timestamp(world) })
}

function reply(world: World, account: Account, { sms }: Contact): void {
  if (!sms) throw new Refusal('BadRequest', { sms: ['It has no SMS number.'] })
  receiveReply(world, account, sms, 'Please call me.')
}

function begin(world: World, account: Account, { id }: Contact): void {
  startJourney(world, account, journeyOf(world, account), id)
}

function complete(world: World, account: Account, { id }: Contact): void {
  const journey = journeyOf(world, account)
  const isIn = account.journeyRuns.some(
    (run) => run.automationId === journey.id && run.contactId === id && run.endedAt === null,
  )
  if (!isIn) throw new Refusal('BadRequest', { journey: ['It has not started the journey.'] })
  endJourney(world, account, journey.id, id)
}

function latestCampaign(world: World, account: Account): Campaign {
  const sent = account.campaigns.filter(({ status }) => status === 'sent').at(-1)
  if (sent) return sent
  const group = account.groups[0] ?? createGroup(world, account, 'Newsletter')
  const details = { name: 'First newsletter', subject: 'News', user_profile_id: 1 }
  const campaign = createCampaign(world, account, { details, segment: { group_ids: [group.id] } })
  sendCampaign(world, account, campaign)
  return campaign
}

const journeyOf = (world: World, account: Account): Automation =>
  account.automations[0] ?? createAutomation(world, account, { name: 'Welcome', isRepeatable: true })
