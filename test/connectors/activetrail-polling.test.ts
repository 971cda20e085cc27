import { describe, expect, test } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import type { Modes } from '../../src/sandbox/activetrail/modes.ts'
import { start } from './activetrail-account.ts'
import { PLACE } from './activetrail-happenings.ts'

const DAY = 24 * 60 * 60 * 1000

/** A group of this many, whose members are answered in order of their ids. */
async function startGroup(count: number, modes: Partial<Modes> = {}) {
  const account = await start(modes)
  const { control, sweep } = account
  const { id } = control.createGroup('Many')
  const add = (name: string): number => {
    const contact = control.createContact({ email: `${name}@example.com` })
    control.addMember(id, contact.id)
    return contact.id
  }
  const members = Array.from({ length: count }, (_, number) => add(`member${number}`))
  const options = { group_id: String(id) }
  const joined = (from: string | null) => sweep('contact_joined_group', from, options)
  const left = (from: string | null) => sweep('contact_left_group', from, options)
  return { ...account, groupId: id, options, members, add, joined, left }
}

const idsOf = ({ events }: { events: { objectId: string }[] }): string[] => events.map(({ objectId }) => objectId)

describe.for<Partial<Modes>>([
  { pages: 'from_1' },
  { pages: 'from_1_lenient', members: 'object' },
  { pages: 'from_0', members: 'object' },
  { pages: 'from_0' },
])('a list of several pages, with %o', (modes) => {
  test('who joins and who leaves is told, each once', async () => {
    const { control, groupId, members, add, joined, left } = await startGroup(205, modes)
    const [first, firstLeft] = [await joined(null), await left(null)]
    expect([first.events, firstLeft.events]).toEqual([[], []])
    const newcomer = add('newcomer')
    control.removeMember(groupId, members[3] as number)
    const second = await joined(first.cursor)
    expect(idsOf(second)).toEqual([String(newcomer)])
    // Of several pages one is not yet sure; the next sweep is.
    const secondLeft = await left(firstLeft.cursor)
    const thirdLeft = await left(secondLeft.cursor)
    expect([...idsOf(secondLeft), ...idsOf(thirdLeft)]).toEqual([String(members[3])])
    expect([(await joined(second.cursor)).events, (await left(thirdLeft.cursor)).events]).toEqual([[], []])
  })

  test('how pages are counted is learned once', async () => {
    const { control, joined } = await startGroup(205, modes)
    const first = await joined(null)
    control.clearRequests()
    const { events } = await joined(first.cursor)
    expect([events, control.requests().length]).toEqual([[], 3])
  })
})

describe('a list that is compared', () => {
  test('a row that slips to a page that was read already has not left', async () => {
    const { control, context, groupId, options, members, left } = await startGroup(1105)
    const trigger = activeTrail.triggers.find(({ key }) => key === 'contact_left_group')
    const first = await left(null)
    const half = await trigger?.poll(context, { cursor: first.cursor, options })
    expect(half?.isMore).toBe(true)
    control.removeMember(groupId, members[0] as number)
    const rest = await left(half?.cursor ?? null)
    const next = await left(rest.cursor)
    const last = await left(next.cursor)
    expect([...idsOf(rest), ...idsOf(next), ...idsOf(last)]).toEqual([String(members[0])])
  })

  test('who comes back is told again, as something new', async () => {
    const { control, groupId, members, joined, left } = await startGroup(2)
    const member = members[0] as number
    const [first, firstLeft] = [await joined(null), await left(null)]
    control.removeMember(groupId, member)
    const gone = await joined(first.cursor)
    expect(idsOf(await left(firstLeft.cursor))).toEqual([String(member)])
    control.addMember(groupId, member)
    const back = await joined(gone.cursor)
    expect(idsOf(back)).toEqual([String(member)])
    control.removeMember(groupId, member)
    const goneAgain = await joined(back.cursor)
    control.addMember(groupId, member)
    const backAgain = await joined(goneAgain.cursor)
    expect(backAgain.events[0]?.id).not.toBe(back.events[0]?.id)
    expect((await joined(goneAgain.cursor)).events).toEqual(backAgain.events)
  })

  test('told to watch another group, it takes note first and tells nothing', async () => {
    const { control, context, joined, sweep } = await startGroup(2)
    const first = await joined(null)
    const other = await sweep('contact_joined_group', first.cursor, { group_id: PLACE.groupId })
    expect(other.events).toEqual([])
    control.addMember(PLACE.groupId, control.createContact({ email: 'pupil@example.com' }).id)
    const { events } = await sweep('contact_joined_group', other.cursor, { group_id: PLACE.groupId })
    expect(events).toHaveLength(1)
    const trigger = activeTrail.triggers.find(({ key }) => key === 'contact_joined_group')
    const from = { cursor: 'of an older version', options: { group_id: PLACE.groupId } }
    expect(await trigger?.poll(context, from)).toMatchObject({ events: [], hasExpired: true })
  })

  test('who is in no list of the last three months is there nevertheless', async () => {
    const { control, groupId, joined } = await startGroup(1)
    const { id } = control.createContact({ email: 'old@example.com' })
    control.advance(200 * DAY)
    const first = await joined(null)
    control.addMember(groupId, id)
    expect(idsOf(await joined(first.cursor))).toEqual([String(id)])
  })

  test('a contact that is as it was before was changed each time', async () => {
    const { control, sweep } = await start()
    const { id } = control.createContact({ email: 'wavering@example.com', city: 'Haifa' })
    let { cursor } = await sweep('contact_changed', null)
    const told: string[] = []
    for (const city of ['Lod', 'Haifa', 'Lod']) {
      control.editContact(id, { city })
      const next = await sweep('contact_changed', cursor)
      expect(idsOf(next)).toEqual([String(id)])
      told.push(...next.events.map((event) => event.id))
      cursor = next.cursor
    }
    expect(new Set(told).size).toBe(3)
  })
})

test('a long list that webhooks tell of too is read the less often', async () => {
  const { control, sweep } = await start()
  for (let n = 0; n < 205; n += 1) control.createContact({ email: `one${n}@example.com` })
  const first = await sweep('contact_changed', null)
  const { id } = control.createContact({ email: 'newcomer@example.com' })
  control.clearRequests()
  const soon = await sweep('contact_changed', first.cursor)
  expect([soon.events, control.requests()]).toEqual([[], []])
  control.advance(60_000)
  expect(idsOf(await sweep('contact_changed', soon.cursor))).toEqual([String(id)])
})

describe('reports', () => {
  test('many rows that have to be looked up are told a few at a time, each once', async () => {
    const { control, sweep } = await start()
    const contacts = Array.from({ length: 25 }, (_, n) => control.createContact({ email: `reader${n}@example.com` }))
    const first = await sweep('campaign_opened', null)
    for (const { id } of contacts) control.campaignEvent(PLACE.campaignId, { kind: 'opened', contactId: id })
    const { events, polls } = await sweep('campaign_opened', first.cursor)
    expect(events.map(({ objectId }) => Number(objectId)).sort()).toEqual(contacts.map(({ id }) => id))
    expect(new Set(events.map(({ id }) => id)).size).toBe(25)
    expect(polls).toBe(5)
  })

  test('a report in which nothing is new costs one request, however long it is', async () => {
    const { control, sweep } = await start()
    for (let n = 0; n < 150; n += 1) {
      const { id } = control.createContact({ email: `reader${n}@example.com` })
      control.campaignEvent(PLACE.campaignId, { kind: 'opened', contactId: id })
    }
    const options = { campaign_id: PLACE.campaignId }
    const first = await sweep('campaign_opened', null, options)
    control.clearRequests()
    expect((await sweep('campaign_opened', first.cursor, options)).events).toEqual([])
    expect(control.requests()).toHaveLength(1)
  })

  test('of a campaign that is sent later everything is told, of others what the owner chose', async () => {
    const { control, sweep } = await start()
    const before = await sweep('campaign_opened', null)
    const chosen = await sweep('campaign_opened', null, { campaign_id: PLACE.campaignId })
    const { id } = control.createCampaign('Later', [PLACE.groupId])
    control.sendCampaign(id)
    control.campaignEvent(id, { kind: 'opened', contactId: PLACE.memberId })
    const { events } = await sweep('campaign_opened', before.cursor)
    expect(events).toMatchObject([
      { objectId: String(PLACE.memberId), data: { campaign_id: String(id), campaign_name: 'Later' } },
    ])
    expect((await sweep('campaign_opened', chosen.cursor, { campaign_id: PLACE.campaignId })).events).toEqual([])
  })

  test('a campaign that is not there is trouble for who chose it, and for nobody else', async () => {
    const { sweep } = await start()
    await expect(sweep('campaign_bounced', null, { campaign_id: 999 })).rejects.toMatchObject({ code: 'not_found' })
    await expect(sweep('campaign_bounced', null, { campaign_id: 'May' })).rejects.toMatchObject({ code: 'rejected' })
    expect((await sweep('campaign_bounced', null)).events).toEqual([])
  })

  test('what happened while nobody looked is told, however long that was', async () => {
    const { control, sweep } = await start()
    const first = await sweep('contact_unsubscribed', null)
    control.advance(5 * DAY)
    control.editContact(PLACE.memberId, { status: 'Unsubscribed' })
    control.advance(120 * DAY)
    expect(idsOf(await sweep('contact_unsubscribed', first.cursor))).toEqual([String(PLACE.memberId)])
  })

  test('a number that no contact has is nobody to tell of', async () => {
    const { control, sweep } = await start()
    const first = await sweep('sms_failed', null)
    control.smsEvent(PLACE.smsCampaignId, { kind: 'failed', phone: '0500000000' })
    const second = await sweep('sms_failed', first.cursor)
    expect(second.events).toEqual([])
  })

  test('times say their zone, and none lies in the future', async () => {
    const { control, sweep } = await start()
    const first = await sweep('campaign_unsubscribed', null)
    control.campaignEvent(PLACE.campaignId, { kind: 'unsubscribed', contactId: PLACE.memberId, reason: 'די' })
    control.advance(DAY)
    const { events } = await sweep('campaign_unsubscribed', first.cursor)
    expect(events).toMatchObject([{ occurredAt: '2026-05-04T10:00:00.000Z', data: { reason: 'די' } }])
    const ahead = [{ email: 'member@example.com', unsubscribe_date: '2026-05-09T10:00:00', customer_reason: null }]
    control.fail({ path: '/unsubscribed', body: { campaign_id: 1, total_items: 1, unsubscribes: ahead } })
    const later = await sweep('campaign_unsubscribed', first.cursor)
    expect(later.events.map(({ occurredAt }) => occurredAt)).toEqual(['2026-05-05T10:00:00.000Z'])
  })
})

describe('what is only inferred', () => {
  test.for([
    ['sms_reply_received', '/2waysms', [{ nummer: '0501230000', content: 'x' }]],
    ['contact_unsubscribed', '/Subscription', [{ id: 7, state: 'x' }]],
    ['campaign_sent', '/campaignreports', { rows: [{ id: 7 }] }],
    ['campaign_link_clicked', '/clickdetails', { urls_clicked: [{ url: 'https://example.com' }] }],
    ['automation_completed', '/ContactsEnded', { total_items: 0, rows: [] }],
    ['landing_page_created', '/landingpage', { a: [], b: [] }],
  ] as const)('is not guessed at: %s', async ([key, path, body]) => {
    const { control, sweep } = await start()
    control.fail({ path, body })
    await expect(sweep(key, null)).rejects.toMatchObject({
      code: 'unexpected_answer',
      message: expect.stringContaining('cannot be used with your account yet'),
    })
  })
})

test('credits that run low are told once, and again only after they were topped up', async () => {
  const { control, sweep } = await start()
  const at = async (sms: number, from: string | null) => {
    control.setCredits({ email: 5000, sms })
    return await sweep('credits_low', from, { channel: 'sms', threshold: '50' })
  }
  const first = await at(51, null)
  const low = await at(49, first.cursor)
  expect(low.events).toMatchObject([{ objectId: 'sms', data: { credits: 49 } }])
  const lower = await at(3, low.cursor)
  const full = await at(500, lower.cursor)
  expect([lower.events, full.events]).toEqual([[], []])
  const again = await at(20, full.cursor)
  expect(again.events[0]?.id).not.toBe(low.events[0]?.id)
})
