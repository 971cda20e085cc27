import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FlowDefinition, MappingRow, MappingSource } from '../../src/connectors/flow-definition.ts'
import { getConnector } from '../../src/connectors/registry.ts'
import { nextPoll } from '../../src/polls/partner/next-poll.ts'
import { pollTriggers } from '../../src/polls/partner/poll-triggers.ts'
import { isPolled } from '../../src/webhooks/polled-news.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { type Choice, makeFlow, useReadyFlow } from '../support/ready-flow.ts'
import { quiet } from '../support/two-way.ts'

/** Each ready flow, from what happens on one side to what is then to be seen on the other. */

type Person = { id: string; there: number; email: string; phone: string }

/** What is there before anything happens. */
type Place = {
  campaignId: number
  smsCampaignId: number
  journeyId: number
  stageIds: [string, string]
  workflowId: string
  platformCampaignId: string
  joinedGroupId: number
  leftGroupId: number
}

type Case = {
  /** What the owner has to choose. */
  choice?: (place: Place) => Choice
  before?: (person: Person, place: Place) => unknown
  happens: (person: Person, place: Place) => unknown
  /** What is to be seen, and how it has to look. */
  seen: (person: Person) => unknown
  expected: unknown
}

let line: Line
let account: Account
let work: ReturnType<typeof tenantWork>
let place: Place
let begun: { connection_id: string; trigger: string; options_hash: string; cursor: string }[]
const people = new Map<string, Person>()
const flowIds = new Map<string, string>()

const platform = () => line.highLevel.control
const partner = () => line.activeTrail.control
const settled = () => quiet(line, account.tenantId)

const LINK = 'https://example.com/offer'
const campaign =
  (kind: 'opened' | 'clicked' | 'unsubscribed' | 'bounced', more: object = {}): Case['happens'] =>
  ({ there }, { campaignId }) =>
    partner().campaignEvent(campaignId, { kind, contactId: there, ...more })
const sms =
  (kind: 'failed' | 'clicked'): Case['happens'] =>
  ({ phone }, { smsCampaignId }) =>
    partner().smsEvent(smsCampaignId, { kind, phone })
const edited =
  (fields: object): Case['happens'] =>
  ({ there }) =>
    partner().editContact(there, fields)
const reply =
  (content: string): Case['happens'] =>
  ({ phone }) =>
    partner().replyBySms(phone, content)
const started: Case['happens'] = ({ there }, { journeyId }) => partner().startJourney(journeyId, there)
const completed: Case['happens'] = ({ there }, { journeyId }) => {
  partner().startJourney(journeyId, there)
  partner().endJourney(journeyId, there)
}
const moved: Case['happens'] = ({ id }, { stageIds: [first, second] }) => {
  const opportunity = platform().createOpportunity(id, { name: 'Membership', pipelineStageId: first })
  platform().updateOpportunity(opportunity.id, { pipelineStageId: second })
}
const reached =
  (status: string): Case['happens'] =>
  ({ id: contactId }, { platformCampaignId: recordId }) =>
    platform().sendDocumented(
      'CampaignStatusUpdate',
      { status },
      { locationId: account.locationId, contactId, recordId },
    )

const tags = ({ id }: Person) => platform().contact(id)?.tags
const notes = ({ id }: Person) => platform().notes(id)
const tasks = ({ id }: Person) => platform().tasks(id)
const restrictions = ({ id }: Person) => platform().contact(id)
const workflows = ({ id }: Person) => platform().enrolments(id)
const groups = ({ there }: Person) => account.only({ id: there }).groups
const journeys = ({ there }: Person) =>
  partner()
    .journeyRuns()
    .filter(({ contactId }) => contactId === there)
    .map(
      ({ automationId }) =>
        partner()
          .automations()
          .find(({ id }) => id === automationId)?.name,
    )

const tagged = (tag: string): Pick<Case, 'seen' | 'expected'> => ({
  seen: tags,
  expected: expect.arrayContaining([tag]),
})
const noted = (body: string): Pick<Case, 'seen' | 'expected'> => ({ seen: notes, expected: [{ body }] })
const toDo = (title: string, body: string): Pick<Case, 'seen' | 'expected'> => ({
  seen: tasks,
  expected: [{ title, body }],
})
const noMail = { Email: { status: 'active' } }
const told = (group_name: string) => ({ told: { group_name } })

const CASES: Record<string, Case> = {
  unsubscribes: { happens: edited({ status: 'Unsubscribed' }), seen: restrictions, expected: { dndSettings: noMail } },
  sms_unsubscribes: {
    ...{ happens: edited({ sms_status: 'Unsubscribed' }), seen: restrictions },
    expected: { dndSettings: { SMS: { status: 'active' } } },
  },
  bounces: {
    happens: ({ there }) => partner().setDelivery(there, 'BOUNCED'),
    ...{ seen: restrictions, expected: { dndSettings: noMail, tags: ['email bounced'] } },
  },
  spam_complaints: {
    happens: ({ there }) => partner().setDelivery(there, 'SPAM_COMPLIENT'),
    ...{ seen: restrictions, expected: { dnd: true, tags: ['spam complaint'] } },
  },
  campaign_unsubscribes: {
    happens: campaign('unsubscribed', { reason: 'Too many' }),
    seen: (person) => [restrictions(person), notes(person)],
    expected: [{ dndSettings: noMail }, [{ body: 'Unsubscribed by the campaign “May news”. Reason: Too many' }]],
  },
  opens: { happens: campaign('opened'), ...tagged('opened campaign') },
  clicks: {
    happens: campaign('clicked', { link: LINK }),
    seen: (person) => [tags(person), notes(person)],
    expected: [['clicked campaign'], [{ body: `Clicked ${LINK} in the campaign “May news”.` }]],
  },
  click_tasks: {
    happens: campaign('clicked', { link: LINK }),
    ...toDo('Call back: clicked in a campaign', `${LINK} in the campaign “May news”`),
  },
  campaign_bounces: { happens: campaign('bounced'), ...tagged('campaign bounced') },
  sms_replies: { happens: reply('Call me'), ...noted('Replied by SMS: Call me') },
  sms_reply_tasks: { happens: reply('התקשרו אליי'), ...toDo('Answer an SMS', 'התקשרו אליי') },
  sms_clicks: { happens: sms('clicked'), ...tagged('clicked sms') },
  sms_failures: { happens: sms('failed'), ...tagged('sms failed') },
  journey_started: { happens: started, ...tagged('journey started') },
  journey_completed: { happens: completed, ...tagged('journey completed') },
  journey_to_workflow: {
    choice: ({ workflowId }) => ({ told: { workflowId } }),
    ...{ happens: completed, seen: workflows, expected: [{ kind: 'workflow', endedAt: null }] },
  },
  group_joined: {
    choice: ({ joinedGroupId }) => ({ options: { group_id: String(joinedGroupId) } }),
    happens: ({ there }, { joinedGroupId }) => partner().addMember(joinedGroupId, there),
    ...tagged('in activetrail group'),
  },
  group_left: {
    choice: ({ leftGroupId }) => ({ options: { group_id: String(leftGroupId) } }),
    before: ({ id, there }, { leftGroupId }) => {
      partner().addMember(leftGroupId, there)
      platform().updateContact(id, { tags: ['in ActiveTrail group', 'kept'] })
    },
    happens: ({ there }, { leftGroupId }) => partner().removeMember(leftGroupId, there),
    ...{ seen: tags, expected: ['kept'] },
  },
  tag_to_journey: {
    choice: () => ({ values: ['wants a call'], ...told('Call list') }),
    happens: ({ id }) => platform().updateContact(id, { tags: ['wants a call'] }),
    ...{ seen: journeys, expected: ['Calling'] },
  },
  campaign_to_group: {
    choice: () => ({ values: ['Active'], ...told('In campaign') }),
    ...{ happens: reached('Active'), seen: groups, expected: ['In campaign'] },
  },
  campaign_out_of_group: {
    choice: () => ({ values: ['Stopped'], ...told('Leaving') }),
    before: ({ there }) => partner().addMember(groupNamed('Leaving'), there),
    ...{ happens: reached('Stopped'), seen: groups, expected: [] },
  },
  stage_to_journey: {
    choice: ({ stageIds: [, second] }) => ({ values: [second], ...told('Stage list') }),
    ...{ happens: moved, seen: journeys, expected: expect.arrayContaining(['Staging']) },
  },
  stage_to_group: {
    choice: ({ stageIds: [, second] }) => ({ values: [second], ...told('Reached the stage') }),
    ...{ happens: moved, seen: groups, expected: expect.arrayContaining(['Reached the stage']) },
  },
}

/** They have a test of their own. */
const CONTACT_FLOWS = ['contacts', 'contacts_back', 'new_lead_welcome']

const groupNamed = (name: string): number => Number(account.groups(name)[0]?.id)

beforeAll(async () => {
  line = await startLine({ hooks: true })
  platform().setRateLimit({ burst: 10_000 })
  account = await openAccount(line, 0, line.activeTrail.token)
  work = tenantWork(line)
  await work.start()
  await bringPeople()
  place = prepare()
  const first = line.database.system.sql('flows').where({ connection_id: account.connectionId, template: 'contacts' })
  await switchFlow((await first.first('id')).id, false)
  for (const [key, { choice }] of Object.entries(CASES))
    flowIds.set(key, await useReadyFlow(account, key, choice?.(place)))
  for (const [key, { before }] of Object.entries(CASES)) before?.(personOf(key), place)
  await settled()
  await poll()
  begun = await line.database.system.sql('trigger_polls').select()
  await letHappen()
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

/** One for each flow, who are in ActiveTrail by the first of them. */
async function bringPeople(): Promise<void> {
  const made = Object.keys(CASES).map((key, index) => {
    const about = { email: `${key}@example.com`, phone: `+97254${1_000_000 + index}` }
    return { key, ...about, id: platform().createContact(account.locationId, { ...about, firstName: 'Noa' }).id }
  })
  await settled()
  for (const { key, ...person } of made) people.set(key, { ...person, there: account.only({ email: person.email }).id })
}

function personOf(key: string): Person {
  const person = people.get(key)
  if (!person) throw new Error(`Nobody is there for ${key}.`)
  return person
}

function prepare(): Place {
  const { id: campaignId } = partner().createCampaign('May news', [groupNamed('Newsletter')])
  partner().sendCampaign(campaignId)
  for (const [name, group] of [
    ['Calling', 'Call list'],
    ['Staging', 'Stage list'],
    ['Welcoming', 'New leads'],
  ] as const)
    partner().createAutomation(name, partner().createGroup(group).id)
  partner().createGroup('Leaving')
  const stages = platform().pipelines(account.locationId)[0]?.stages ?? []
  return {
    campaignId,
    smsCampaignId: partner().createSmsCampaign('May text').id,
    journeyId: partner().createAutomation('Hello').id,
    stageIds: [String(stages[0]?.id), String(stages[1]?.id)],
    workflowId: platform().workflows(account.locationId)[0]?.id ?? '',
    platformCampaignId: platform().campaigns(account.locationId)[0]?.id ?? '',
    joinedGroupId: partner().createGroup('Joined').id,
    leftGroupId: partner().createGroup('Left').id,
  }
}

/** Of the first note and the first task it is not heard that they were made. */
async function letHappen(): Promise<void> {
  for (const path of ['/notes', '/tasks']) platform().failNext({ path, method: 'POST', kind: 'lost answer' })
  for (const [key, { happens }] of Object.entries(CASES)) happens(personOf(key), place)
  await settled()
  await poll()
}

async function switchFlow(id: string, enabled: boolean): Promise<void> {
  const answer = await account.owner.send('PUT', `/settings/flows/${id}/switch`, { enabled })
  expect(answer.status).toBe(204)
}

/** For one test, so that the others may come in any order. */
async function useForNow(key: string, choice?: Choice): Promise<void> {
  const id = await useReadyFlow(account, key, choice)
  onTestFinished(() => switchFlow(id, false))
}

/** As if the time of all had come. */
async function poll(): Promise<void> {
  await line.database.system.sql('trigger_polls').update({ due_at: new Date(0) })
  await pollTriggers(work)
  await settled()
}

/** What was asked to be written; a search is not. */
const writes = (all: { method: string; path: string }[]): string[] =>
  all.flatMap(({ method, path }) => (method === 'GET' || path.endsWith('/search') ? [] : `${method} ${path}`))

test('every ready flow is tried here', () => {
  const all = getConnector('activetrail').flows?.map(({ key }) => key)
  expect([...Object.keys(CASES), ...CONTACT_FLOWS].toSorted()).toEqual(all?.toSorted())
})

describe('what happens on one side is seen on the other', () => {
  test.each(Object.entries(CASES))('%s', async (key, { seen, expected }) => {
    expect(seen(personOf(key))).toMatchObject(expected as object)
    const runs = await line.database.system.sql('runs').where({ flow_id: flowIds.get(key), outcome: 'succeeded' })
    expect(runs.length).toBeGreaterThan(0)
  })
})

test('a note and a task whose answer was lost were made once', async () => {
  const triedAgain = await line.database.system.sql('runs').where('attempts', '>', 1).where({ outcome: 'succeeded' })
  expect(triedAgain.length).toBeGreaterThan(1)
  const made = [...people.values()].flatMap((person) => [notes(person).length, tasks(person).length])
  expect(Math.max(...made)).toBe(1)
})

describe('again', () => {
  test('the same polls and the same webhooks do nothing more', async () => {
    await poll() // what other tests left behind
    const { sql } = line.database.system
    const before = await sql('deliveries').count('* as count').first()
    for (const { connection_id, trigger, options_hash, cursor } of begun)
      await sql('trigger_polls').where({ connection_id, trigger, options_hash }).update({ cursor })
    platform().clearRequests()
    partner().clearRequests()
    const types = ['OpportunityStageUpdate', 'ContactTagUpdate', 'CampaignStatusUpdate']
    const sent = types.flatMap((type) => platform().deliveries({ type, locationId: account.locationId }))
    expect(sent.length).toBeGreaterThan(4)
    await Promise.all(sent.map(({ webhookId }) => platform().resend(webhookId)))
    await poll()
    expect(partner().requests().length).toBeGreaterThan(20) // the polls did look
    expect([...writes(platform().requests()), ...writes(partner().requests())]).toEqual([])
    expect(await sql('deliveries').count('* as count').first()).toEqual(before)
  })

  test('several contacts reach the same status of the same campaign', async () => {
    const both = [personOf('opens'), personOf('clicks')]
    for (const person of both) reached('Active')(person, place)
    await settled()
    expect(both.map(groups)).toEqual([['In campaign'], ['In campaign']])
  })
})

describe('whom it is about', () => {
  const skipped = (partnerId: number) =>
    line.database.system
      .sql('runs')
      .where({ partner_id: String(partnerId) })
      .select('outcome', 'reason')

  test('what people do who are no contacts here is skipped, with a sentence', async () => {
    await poll() // what other tests left behind
    const { id } = partner().createContact({ email: 'stranger@example.com', sms: '+972549999999' })
    platform().clearRequests()
    campaign('clicked', { link: LINK })({ ...personOf('clicks'), there: id }, place)
    reply('Who are you?')({ ...personOf('clicks'), phone: '+972549999999' }, place)
    await poll()
    const nobody = { outcome: 'skipped', reason: 'The contact is not in your account.' }
    expect(await skipped(id)).toEqual([nobody, nobody, nobody, nobody])
    expect(writes(platform().requests())).toEqual([])
  })

  test('a contact that was never linked is found by what identifies it', async () => {
    const { id } = platform().createContact(account.locationId, { email: 'apart@example.com' })
    const there = partner().createContact({ email: 'apart@example.com' }).id
    await settled()
    campaign('opened')({ ...personOf('opens'), there }, place)
    await poll()
    expect(platform().contact(id)?.tags).toEqual(['opened campaign'])
  })
})

test('who opted out and was deleted there before anybody asked is not reached from here either', async () => {
  const { id } = platform().createContact(account.locationId, { email: 'left@example.com' })
  const there = partner().createContact({ email: 'left@example.com' }).id
  await settled()
  partner().editContact(there, { status: 'Unsubscribed' })
  partner().deleteContact(there)
  await poll()
  expect(platform().contact(id)?.dndSettings).toMatchObject(noMail)
})

describe('contacts', () => {
  test('contacts', () => {
    const { there, email, phone } = personOf('opens')
    expect(account.only({ id: there })).toMatchObject({ email, sms: phone, first_name: 'Noa' })
  })

  test('new_lead_welcome', async () => {
    await useForNow('new_lead_welcome', told('New leads'))
    const { id } = platform().createContact(account.locationId, { email: 'lead@example.com', tags: ['fair'] })
    await settled()
    const lead = account.only({ email: 'lead@example.com' })
    expect(lead.groups.toSorted()).toEqual(['New leads', 'fair'])
    expect(journeys({ ...personOf('opens'), id, there: lead.id })).toEqual(['Welcoming'])
  })

  test('contacts_back, told by a call and by a poll, written once', async () => {
    await useForNow('contacts_back')
    await poll()
    platform().clearRequests()
    const back = partner().createContact({ email: 'back@example.com', first_name: 'Dana', city: 'Lod' })
    await settled()
    await poll()
    const news = await line.database.system
      .sql('deliveries')
      .where({ event_type: 'contact_changed', ordering_key: `${account.tenantId}/${account.connectionId}/${back.id}` })
    expect(new Set(news.map(({ headers }) => isPolled(headers)))).toEqual(new Set([true, false]))
    const here = platform()
      .contacts(account.locationId)
      .filter(({ email }) => email === 'back@example.com')
    expect(here).toMatchObject([{ firstName: 'Dana', city: 'Lod' }])
    expect(writes(platform().requests())).toHaveLength(1)
    const asked = await line.database.system.sql('trigger_polls').where({ trigger: 'contact_changed' }).first()
    const { connection_id: connectionId, trigger, options_hash: optionsHash, looked_at: lookedAt, idle } = asked
    const next = { now: lookedAt.getTime(), idle, isReserve: true } // since the calls come, the poll is only their reserve
    expect(asked.due_at.getTime()).toBe(nextPoll({ connectionId, trigger, optionsHash }, next))
  })
})

test('an action of the platform writes fields that the account alone has, by their types', async () => {
  const fieldOf = (dataType: string) =>
    platform()
      .customFields(account.locationId)
      .find((field) => field.dataType === dataType)?.id ?? expect.unreachable()
  const [number, date] = [fieldOf('NUMERICAL'), fieldOf('DATE')]
  const set = (target: string, source: MappingSource): MappingRow => ({
    ...{ target, source, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
  })
  const definition: FlowDefinition = {
    ...{ trigger: 'activetrail.campaign_opened', options: {}, conditions: null, leave: [] },
    onDelete: { kind: 'nothing' },
    enter: [
      {
        ...{ id: 'write', kind: 'operation', operation: 'highlevel.update_contact', branches: [] },
        rows: [
          set('contactId', { kind: 'field', field: 'contact.id' }),
          set(`customFields.${number}`, { kind: 'template', template: '{{ 3 | plus: 4 }}' }),
          set(`customFields.${date}`, { kind: 'field', field: 'event.occurred_at' }),
        ],
      },
    ],
  }
  const id = await makeFlow(account, {
    kind: 'own',
    connectionId: account.connectionId,
    name: 'Opened last',
    definition,
  })
  await switchFlow(id, true)
  onTestFinished(() => switchFlow(id, false))
  const person = personOf('journey_started')
  campaign('opened')(person, place)
  await poll()
  const { customFields } = platform().contact(person.id) ?? expect.unreachable()
  expect(customFields).toEqual(
    expect.arrayContaining([
      { id: number, value: '7' },
      { id: date, value: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) },
    ]),
  )
})
