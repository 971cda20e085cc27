import { expect, test } from 'vitest'
import { startActiveTrail } from './support.ts'

const DAY = 24 * 60 * 60 * 1000
const draft = (groupId: number) => ({
  details: { name: 'News', subject: 'חדשות', user_profile_id: 1 },
  design: { content: '<p>שלום</p>', language_type: 'UTF_8' },
  segment: { group_ids: [groupId] },
})
const sms = (more: object = {}, mobiles = ['0501112233']) => ({
  details: { name: 'Text', content: 'היי', from_name: 'Shop', ...more },
  scheduling: { send_now: true },
  mobiles: mobiles.map((phone_number) => ({ phone_number })),
})
const mail = (count: number) => ({
  email_package: Array.from({ length: count }, (_, n) => ({ email: `m${n}@example.com` })),
  details: { name: 'Receipt', subject: 'Thanks', user_profile_id: 1, classification: 'Operational' },
  design: { content: '<p>x</p>', language_type: 'UTF-8', body_part_format: 1 },
})

test('a campaign is a draft until its scheduling says otherwise, and only then goes to who may have it', async () => {
  const { call, control, contact } = await startActiveTrail()
  const { id: groupId } = control.createGroup('Readers')
  const reader = await contact({ email: 'reader@example.com' })
  for (const id of [reader, await contact({ email: 'out@example.com', status: 2 })]) control.addMember(groupId, id)
  const { body } = await call('POST', '/campaigns', draft(groupId))
  const { id } = body as { id: number }
  expect((await call('GET', `/campaigns/${id}/scheduling`)).body).toMatchObject({ is_sent: false })
  expect((await call('PUT', `/campaigns/${id}/scheduling`, { is_sent: true })).status).toBe(204)
  expect((await call('PUT', `/campaigns/${id}/scheduling`, { is_sent: true })).status).toBe(400)
  expect((await call('GET', `/campaignreports/${id}/sent`)).body).toMatchObject({
    total_items: 1,
    campaign_sent: [{ email: 'reader@example.com' }],
  })
})

test('reports look back three months, and most are empty outside the window', async () => {
  const { call, control } = await startActiveTrail()
  const [member] = control.contacts()
  const { id } = control.createCampaign('Old', [control.groups()[0]?.id as number])
  control.sendCampaign(id)
  control.campaignEvent(id, { kind: 'opened', contactId: member?.id as number })
  const opens = async (query: string) => (await call('GET', `/campaignreports/${id}/opens${query}`)).body
  expect(await opens('')).toMatchObject({ opens: 1, campaign_opens: [{ email: member?.email }] })
  control.advance(100 * DAY)
  expect(await opens('')).toMatchObject({ opens: 0, campaign_opens: [] })
  expect(await opens('?FromDate=2000-01-01')).toMatchObject({ opens: 1 })
  expect((await call('GET', `/campaignreports/${id}`)).status).toBe(400)
})

test('a click shows its link, and who clicked it', async () => {
  const { call, control } = await startActiveTrail()
  const [member] = control.contacts()
  const { id } = control.createCampaign('Links', [control.groups()[0]?.id as number])
  for (const link of ['https://a.example', 'https://a.example', 'https://b.example']) {
    control.campaignEvent(id, { kind: 'clicked', contactId: member?.id as number, link })
  }
  const { urls_clicked: links } = (await call('GET', `/campaignreports/${id}/clickdetails`)).body as {
    urls_clicked: { link_id: number; url: string; clicks: number }[]
  }
  expect(links.map(({ url, clicks }) => [url, clicks])).toEqual([
    ['https://a.example', 2],
    ['https://b.example', 1],
  ])
  const path = `/campaignreports/${id}/clickdetails/${links[0]?.link_id}`
  expect((await call('GET', path)).body).toMatchObject({ clicks: [{ email: member?.email }] })
  expect((await call('GET', `/campaignreports/${id}/clickdetails/1`)).status).toBe(404)
})

test.for([
  sms({ from_name: 'TwelveLetter' }),
  sms({ from_name: 'Shop 1' }),
  sms({ from_name: null }),
  sms({ content: '' }),
  sms({}, []),
])('a text that the documents do not allow is refused', async (body) => {
  const { call, control } = await startActiveTrail()
  expect((await call('POST', '/smscampaign/OperationalMessage', body)).status).toBe(400)
  expect(control.credits().sms).toBe(250)
})

test('a text costs a credit for each number, and without credits is refused', async () => {
  const { call, control } = await startActiveTrail()
  control.setCredits({ email: 1, sms: 2 })
  const send = async (mobiles: string[]) =>
    (await call('POST', '/smscampaign/OperationalMessage', sms({}, mobiles))).status
  expect(await send(['0501112233', '0501112244', '0501112255'])).toBe(400)
  expect(await send(['0501112233', '0501112244'])).toBe(200)
  expect([control.credits().sms, await send(['0501112233'])]).toEqual([0, 400])
})

test('a transactional mail takes five hundred addresses, which become contacts', async () => {
  const { call, control } = await startActiveTrail()
  expect((await call('POST', '/OperationalMessage/Message', mail(501))).status).toBe(400)
  expect(control.operationalMails()).toEqual([])
  expect((await call('POST', '/OperationalMessage/Message', mail(2))).status).toBe(200)
  expect(control.contacts().map(({ email }) => email)).toContain('m1@example.com')
})

test('an import takes a thousand, and says of each row that is wrong what is wrong', async () => {
  const { call, control } = await startActiveTrail()
  const { id: group } = control.createGroup('Imported')
  const rows = Array.from({ length: 1001 }, () => ({ email: 'same@example.com' }))
  expect((await call('POST', '/contacts/Import', { group, contacts: rows })).status).toBe(400)
  const contacts = [{ email: 'ok@example.com' }, { first_name: 'Nobody' }, { email: 'no address' }]
  expect((await call('POST', '/contacts/Import', { group, contacts })).body).toMatchObject({
    success: 1,
    contact_errors: [{ message: expect.any(String) }, { message: expect.any(String) }],
  })
  expect((await call('POST', '/contacts/Import', { contacts })).status).toBe(400)
})

test('joining a group starts the journey that waits there, where it is asked for, once', async () => {
  const { call, control } = await startActiveTrail()
  const { id: groupId } = control.createGroup('Leads')
  const { id } = control.createAutomation('Welcome', groupId)
  const join = (extra: object) => call('POST', `/groups/${groupId}/members`, { email: 'lead@example.com', ...extra })
  const started = async () => (await call('GET', `/automationreports/${id}/ContactsStarted`)).body
  await join({})
  expect(await started()).toMatchObject({ total_items: 0 })
  await join({ is_trigger_events: true })
  await join({ is_trigger_events: true })
  expect(await started()).toMatchObject({ total_items: 1, contacts_steps: [{ email: 'lead@example.com' }] })
  expect((await call('GET', `/automationreports/${id}/ContactsEnded`)).body).toMatchObject({ contacts_steps: [] })
  expect((await call('PUT', `/automations/${id}/activation`, { is_active: false })).status).toBe(204)
  expect((await call('GET', `/automations/${id}`)).body).toMatchObject({ activation: { is_active: false } })
})

test('a mailing list wants groups too, and a contact leaves it only if it is in it', async () => {
  const { call, control } = await startActiveTrail()
  const { id } = control.createMailingList('All')
  const join = (body: object) => call('POST', `/mailinglist/${id}/members`, { email: 'l@example.com', ...body })
  expect((await join({})).status).toBe(400)
  const { body } = await join({ group_ids: [control.groups()[0]?.id] })
  const path = `/mailinglist/${id}/members/${(body as { id: number }).id}`
  expect((await call('DELETE', path)).status).toBe(204)
  expect((await call('DELETE', path)).status).toBe(404)
})

test('a person has a contact open a campaign, and sees it', async () => {
  const { url, call, control } = await startActiveTrail()
  const id = control.contacts()[0]?.id as number
  const happen = (kind: string) =>
    fetch(`${url}/contacts/${id}/happenings`, {
      method: 'POST',
      body: new URLSearchParams({ kind }),
      redirect: 'manual',
    })
  for (const kind of ['opens', 'clicks', 'starts', 'completes', 'bounces'])
    expect((await happen(kind)).status).toBe(303)
  expect((await happen('replies')).status).toBe(400)
  expect((await happen('constructor')).status).toBe(400)
  const page = await (await fetch(url)).text()
  expect(page).toContain('Opened 1, clicked 1.')
  expect(page).toContain('Started 1, completed 1.')
  expect((await call('GET', '/contacts?CustomerStates=BOUNCED')).body).toMatchObject([{ id }])
})
