import { describe, expect, test } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import { start } from './activetrail-account.ts'
import { PLACE } from './activetrail-happenings.ts'

const CONSENT = 'Signed the form at the counter on 3 May.'

const refuses = (key: string, input: object): boolean =>
  activeTrail.actions.find((one) => one.key === key)?.input.safeParse(input).success === false

describe('consent', () => {
  test('nobody is subscribed again without the words of the consent', () => {
    for (const consent of [undefined, '', '  ', 'yes']) {
      expect(refuses('resubscribe_email', { contact_id: 1, consent })).toBe(true)
    }
  })

  test.for(['is_do_not_mail', 'is_deleted'])('nobody is subscribed again against %s', async (flag) => {
    const { control, run, writes } = await start()
    const { id } = control.createContact({ email: 'no@example.com', status: 'Unsubscribed', [flag]: true })
    const result = await run('resubscribe_email', { contact_id: id, consent: CONSENT })
    expect([result.effect, writes()]).toEqual(['declined', []])
  })

  test('nobody is subscribed again after a complaint of spam', async () => {
    const { control, run, writes } = await start()
    control.setDelivery(PLACE.memberId, 'SPAM_COMPLIENT')
    expect(await run('resubscribe_email', { contact_id: PLACE.memberId, consent: CONSENT })).toMatchObject({
      effect: 'declined',
    })
    expect(writes()).toEqual([])
  })

  test('who opted out is opted in with consent, with the address it came from', async () => {
    const { control, run, stored } = await start()
    const { id } = control.createContact({ email: 'yes@example.com', status: 'Unsubscribed' })
    await run('resubscribe_email', { contact_id: id, consent: CONSENT, subscribe_ip: '192.0.2.7' })
    expect(stored(id)).toMatchObject({ status: 'Subscribed', subscribe_ip: '192.0.2.7', sms_status: 'None' })
  })

  test('opting out is never refused, and twice is once', async () => {
    const { control, run, writes } = await start()
    const { id } = control.createContact({ email: 'out@example.com', is_do_not_mail: true })
    expect(await run('unsubscribe_sms', { contact_id: id })).toMatchObject({ effect: 'unchanged' })
    expect(await run('unsubscribe_email', { email: 'nobody@example.com' })).toMatchObject({ id: null })
    expect(await run('unsubscribe_email', { contact_id: PLACE.memberId })).toMatchObject({ effect: 'updated' })
    expect(await run('unsubscribe_email', { contact_id: PLACE.memberId })).toMatchObject({ effect: 'unchanged' })
    expect(writes()).toHaveLength(1)
  })

  test.for([
    [{ status: 'Unsubscribed' }, ['email']],
    [{ sms_status: 'Unsubscribed' }, ['sms']],
    [{ is_do_not_mail: true }, ['email', 'sms']],
  ] as const)('nothing is sent to who opted out by %o, on the channels %o', async ([optOut, channels]) => {
    const { control, run, writes } = await start()
    const { id } = control.createContact({ email: 'out@example.com', sms: '0509998877', ...optOut })
    const campaign = { campaign_id: PLACE.campaignId, contact_id: id }
    const message = { name: 'x', content: 'x' }
    const mails = [
      await run('send_campaign_to_contact', campaign),
      await run('add_to_group_and_send_campaign', { ...campaign, group_id: PLACE.groupId }),
      await run('send_operational_email', {
        ...message,
        subject: 'x',
        user_profile_id: 1,
        emails: ['Out@example.com'],
      }),
    ]
    const text = await run('send_sms', { ...message, phone_numbers: ['+972 50-999-8877'], from_name: 'Shop' })
    const isDeclined = ({ effect }: { effect: string }): boolean => effect === 'declined'
    expect(mails.map(isDeclined)).toEqual(mails.map(() => channels.some((channel) => channel === 'email')))
    expect(isDeclined(text)).toBe(channels.some((channel) => channel === 'sms'))
    expect(writes()).toHaveLength([...mails, text].filter((result) => !isDeclined(result)).length)
  })
})

describe('messages', () => {
  test('a text goes to who may have it, and says how many were left out', async () => {
    const { control, run } = await start()
    control.createContact({ sms: '0509998877', sms_status: 'Unsubscribed' })
    const phone_numbers = ['0509998877', '+972501112233', '0501230000']
    const result = await run('send_sms', {
      ...{ name: 'Reminder', content: 'מחר', sms_sending_profile_id: 4, phone_numbers },
      send_at: '2026-05-05T09:00:00+03:00',
    })
    expect(result).toMatchObject({ effect: 'created', note: expect.stringMatching(/: 1\.$/) })
    const sent = control.smsCampaigns().at(-1)
    expect(sent).toMatchObject({ mobiles: ['+972501112233', '0501230000'], scheduledAt: '2026-05-05T06:00:00' })
    expect(control.credits().sms).toBe(248)
  })

  test.for([{ from_name: 'My Shop' }, { from_name: 'TwelveLetters' }, {}])('a sender like %o is refused', (sender) => {
    expect(refuses('send_sms', { name: 'x', content: 'x', phone_numbers: ['0501112233'], ...sender })).toBe(true)
  })

  test('without credits nothing is sent, and it is said', async () => {
    const { control, run } = await start()
    control.setCredits({ email: 5000, sms: 0 })
    const sms = { name: 'x', content: 'x', phone_numbers: ['0501112233'], from_name: 'Shop' }
    await expect(run('send_sms', sms)).rejects.toMatchObject({ code: 'rejected' })
  })
})

describe('campaigns', () => {
  test('a draft is made once, and sent once', async () => {
    const { control, run } = await start()
    const draft = { name: 'July', subject: 'S', user_profile_id: '1', group_ids: [PLACE.groupId], content: '<p>x</p>' }
    const { id } = await run('create_campaign_draft', draft)
    expect(await run('create_campaign_draft', draft)).toMatchObject({ id, effect: 'unchanged' })
    expect(control.campaigns().at(-1)).toMatchObject({ status: 'draft', name: 'July', subject: 'S' })
    expect(await run('schedule_campaign', { campaign_id: id })).toMatchObject({ effect: 'updated' })
    expect(await run('schedule_campaign', { campaign_id: id })).toMatchObject({ effect: 'unchanged' })
    const sent = control.campaigns().at(-1)
    expect([sent?.status, sent?.events.map(({ contactId }) => contactId)]).toEqual(['sent', [PLACE.memberId]])
  })

  test('a template gives a draft its content', async () => {
    const { control, run } = await start()
    const draft = { name: 'August', subject: 'S', user_profile_id: 1, group_ids: [String(PLACE.groupId)] }
    await run('create_campaign_from_template', { ...draft, template_id: PLACE.templateId })
    expect(control.campaigns().at(-1)).toMatchObject({ content: '<p>שלום</p>', templateId: PLACE.templateId })
  })
})

describe('journeys and imports', () => {
  test('a contact starts a journey by joining its group, once', async () => {
    const { control, run } = await start()
    const { id: group_id } = control.createGroup('Leads')
    const { id } = control.createAutomation('Welcome leads', group_id)
    const lead = { group_id, email: 'lead@example.com' }
    const first = await run('start_automation_by_group', lead)
    expect(await run('start_automation_by_group', lead)).toMatchObject({ effect: 'unchanged' })
    const runs = control.journeyRuns().filter(({ automationId }) => automationId === id)
    expect(runs.map(({ contactId }) => String(contactId))).toEqual([first.id])
  })

  test('an import goes in pieces, and what is wrong keeps nothing else out', async () => {
    const { control, run } = await start()
    const contacts = Array.from({ length: 1001 }, (_, n) => ({ email: `bulk${n}@example.com` }))
    control.createContact({ email: 'one@example.com' })
    control.createContact({ email: 'two@example.com', sms: '0521112222' })
    const clash = { email: 'one@example.com', sms: '0521112222' }
    const result = await run('bulk_import_contacts', { group_id: PLACE.groupId, contacts: [...contacts, clash] })
    expect(result).toMatchObject({ record: { accepted: 1001, refused: 1 }, note: expect.stringContaining('1 of 1002') })
    const imports = control.requests({ method: 'POST' }).map(({ body }) => (body as { contacts: object[] }).contacts)
    expect(imports.map(({ length }) => length)).toEqual([1000, 2])
  })
})
