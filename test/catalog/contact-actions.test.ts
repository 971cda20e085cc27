import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { contactActions } from '../../src/catalog/highlevel/contact-actions.ts'
import type { PlatformContext } from '../../src/catalog/platform-action.ts'
import type { ActionResult } from '../../src/connectors/connector.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { isTrouble } from '../../src/lib/trouble.ts'
import { type PlatformApi, startPlatformApi } from '../support/platform-api.ts'

let platform: PlatformApi
let context: PlatformContext

beforeAll(async () => {
  platform = await startPlatformApi()
  context = { api: platform.api, locationId: platform.locationId, now: Date.now }
})
afterEach(() => {
  platform.control.clearFaults()
  platform.control.dropFields([])
  platform.control.setAllowDuplicates(platform.locationId, false)
})
afterAll(() => platform?.stop())

const actionOf = (key: string) => {
  const action = contactActions.find((one) => one.key === key)
  if (!action) throw new Error(`There is no action ${key}.`)
  return action
}
const run = async (key: string, input: object): Promise<ActionResult> => {
  const action = actionOf(key)
  return await action.run(context, action.input.parse(input))
}
const troubleOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no trouble',
    (error: unknown) => (isTrouble(error) ? error.code : error),
  )
const add = (input: object) => platform.control.createContact(platform.locationId, input)
const stored = (id: string | null) => platform.control.contact(String(id))
const fieldId = (name: string): string =>
  String(platform.control.customFields(platform.locationId).find((one) => one.name === name)?.id)
const place = () => {
  const { control } = platform
  const { locationId } = platform
  return {
    workflowId: String(control.workflows(locationId)[0]?.id),
    campaignId: String(control.campaigns(locationId)[0]?.id),
    user: control.users(locationId).find(({ type }) => type === 'account'),
  }
}

let count = 0
/** An input that has an effect, for a contact of its own; and what is so afterwards. */
const EXAMPLES: Record<
  string,
  (contactId: string) => { input: object; effect: ActionResult['effect']; after: (id: string | null) => void }
> = {
  find_contact: (contactId) => {
    const { email } = stored(contactId) ?? {}
    return { input: { email: email?.toUpperCase() }, effect: 'unchanged', after: (id) => expect(id).toBe(contactId) }
  },
  upsert_contact: () => ({
    input: {
      email: `upserted${count}@actions.example`,
      country: 'il',
      city: null,
      tags: ['One', ' '],
      [`customFields.${fieldId('Visits')}`]: 7,
    },
    effect: 'created',
    after: (id) =>
      expect(stored(id)).toMatchObject({
        country: 'IL',
        tags: ['one'],
        customFields: [{ id: fieldId('Visits'), value: '7' }],
      }),
  }),
  update_contact: (contactId) => ({
    input: { contactId, city: 'Yavne', companyName: 'Actions Ltd', source: null },
    effect: 'updated',
    after: (id) => expect(stored(id)).toMatchObject({ city: 'Yavne', companyName: 'Actions Ltd' }),
  }),
  delete_contact: (contactId) => ({
    input: { contactId },
    effect: 'removed',
    after: () => expect(stored(contactId)).toBeNull(),
  }),
  add_tags: (contactId) => ({
    input: { contactId, tags: ['Added', 'seed'] },
    effect: 'updated',
    after: (id) => expect(stored(id)?.tags).toEqual(['seed', 'kept', 'added']),
  }),
  remove_tags: (contactId) => ({
    input: { contactId, tags: ['SEED', 'never'] },
    effect: 'updated',
    after: (id) => expect(stored(id)?.tags).toEqual(['kept']),
  }),
  create_tag: () => ({
    input: { name: `Made ${count}` },
    effect: 'created',
    after: (id) => expect(id).toMatch(/^\w{20}$/),
  }),
  set_do_not_disturb: (contactId) => ({
    input: { contactId, channels: ['email', 'all'] },
    effect: 'updated',
    after: (id) => expect(stored(id)).toMatchObject({ dnd: true, dndSettings: { Email: { status: 'active' } } }),
  }),
  allow_contact: (contactId) => {
    const SMS = { status: 'active' } as const
    platform.control.updateContact(contactId, { dnd: true, dndSettings: { SMS, Call: SMS } })
    const consent = 'Signed the form of 3 May 2026.'
    return {
      input: { contactId, channels: ['sms', 'all'], consent },
      effect: 'updated',
      after: (id) =>
        expect(stored(id)).toMatchObject({
          dnd: false,
          dndSettings: { SMS: { status: 'inactive', message: consent }, Call: SMS },
        }),
    }
  },
  add_to_workflow: (contactId) => ({
    input: { contactId, workflowId: place().workflowId, eventStartTime: '2026-06-01T10:00:00+03:00' },
    effect: 'created',
    after: () =>
      expect(platform.control.enrolments(contactId)).toMatchObject([
        { kind: 'workflow', endedAt: null, eventStartTime: '2026-06-01T07:00:00.000Z' },
      ]),
  }),
  remove_from_workflow: (contactId) => ({
    input: { contactId, workflowId: place().workflowId },
    effect: 'removed',
    after: () => expect(platform.calls().at(-1)).toContain(`DELETE /contacts/${contactId}/workflow/`),
  }),
  add_to_campaign: (contactId) => ({
    input: { contactId, campaignId: place().campaignId },
    effect: 'created',
    after: () => expect(platform.control.enrolments(contactId)).toMatchObject([{ kind: 'campaign' }]),
  }),
  remove_from_campaign: (contactId) => ({
    input: { contactId, campaignId: place().campaignId },
    effect: 'removed',
    after: () => expect(platform.calls().at(-1)).toContain(`DELETE /contacts/${contactId}/campaigns/`),
  }),
  remove_from_all_campaigns: (contactId) => ({
    input: { contactId },
    effect: 'removed',
    after: () => expect(platform.calls().at(-1)).toBe(`DELETE /contacts/${contactId}/campaigns/removeAll`),
  }),
  assign_contact: (contactId) => ({
    input: { contactId, userEmail: place().user?.email.toUpperCase() },
    effect: 'updated',
    after: (id) => expect(stored(id)?.assignedTo).toBe(place().user?.id),
  }),
  add_followers: (contactId) => ({
    input: { contactId, userIds: [place().user?.id] },
    effect: 'updated',
    after: (id) => expect(stored(id)?.followers).toEqual([place().user?.id]),
  }),
  remove_followers: (contactId) => ({
    input: { contactId, userIds: [place().user?.id] },
    effect: 'updated',
    after: (id) => expect(stored(id)?.followers).toEqual([]),
  }),
  set_custom_field: (contactId) => ({
    input: { contactId, fieldId: fieldId('Plan'), value: 'Plus' },
    effect: 'updated',
    after: (id) => expect(stored(id)?.customFields).toEqual([{ id: fieldId('Plan'), value: 'Plus' }]),
  }),
  create_custom_field: () => ({
    input: { name: `Field ${count}`, dataType: 'DATE' },
    effect: 'created',
    after: (id) =>
      expect(platform.control.customFields(platform.locationId)).toContainEqual(
        expect.objectContaining({ id, name: `Field ${count}`, dataType: 'DATE' }),
      ),
  }),
}

const someone = () => add({ email: `someone${++count}@actions.example`, tags: ['seed', 'kept'] })

describe.for(contactActions.map((action) => [action.key, action] as const))('%s', ([key, action]) => {
  test('is described: sentences, a scope that is asked for, fields that its input knows', async () => {
    expect(action.name).toMatch(/^[A-Z]/)
    expect(action.description).toMatch(/^[A-Z].*\.$/)
    expect(SCOPES).toContain(action.scope)
    const listed = (await action.listFields?.(context)) ?? action.fields
    expect(listed.map((field) => field.key)).toEqual(expect.arrayContaining(action.fields.map((field) => field.key)))
    for (const field of listed)
      expect(field).toMatchObject({ label: expect.stringMatching(/\S/), key: expect.any(String) })
    const known = new Set(listed.map((field) => field.key))
    expect(Object.keys(EXAMPLES[key]?.(someone().id).input ?? {}).filter((name) => !known.has(name))).toEqual([])
  })

  test('does what it says, and again as it says', async () => {
    const example = EXAMPLES[key]?.(someone().id)
    if (!example) throw new Error(`Give an example of ${key}.`)
    const result = await run(key, example.input)
    expect(result).toMatchObject({ effect: example.effect })
    expect(result.note).toBeUndefined()
    example.after(result.id)
    if (action.repeat === 'once') return
    const again = await run(key, example.input)
    expect(['unchanged', 'updated', 'removed']).toContain(again.effect)
    example.after(again.id ?? result.id)
  })

  test('refuses garbage with a sentence', () => {
    const { input } = EXAMPLES[key]?.(someone().id) ?? { input: {} }
    const spoilt = Object.keys(input).flatMap((name) => [{ ...input, [name]: { nonsense: 1 } }])
    for (const bad of [
      null,
      42,
      'text',
      [],
      {},
      { ...input, unheardOf: 'x' },
      { ...input, contactId: '../users' },
      ...spoilt,
    ]) {
      const parsed = action.input.safeParse(bad)
      expect([bad, parsed.success]).toEqual([bad, false])
      for (const { message } of parsed.error?.issues ?? []) expect(message).toMatch(/\S/)
    }
  })

  test('says so when the contact is gone', async () => {
    const gone = someone()
    const { input } = EXAMPLES[key]?.(gone.id) ?? { input: {} }
    if (!('contactId' in input)) return
    if (stored(gone.id)) platform.control.deleteContact(gone.id)
    const outcome = key === 'delete_contact' ? (await run(key, input)).effect : await troubleOf(run(key, input))
    expect(outcome).toBe(key === 'delete_contact' ? 'unchanged' : 'not_found')
  })
})

test('every example is of an action that is there', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(contactActions.map(({ key }) => key).sort())
})

test('what starts something for a contact is never sent twice by itself', () => {
  expect(contactActions.filter(({ repeat }) => repeat === 'once').map(({ key }) => key)).toEqual([
    'add_to_workflow',
    'add_to_campaign',
  ])
})

describe('what is particular', () => {
  test('an upsert writes to whoever has the address, keeps the other tags, and says what it left out', async () => {
    add({ email: 'owner@particular.example', phone: '+972545551001' })
    const { id } = add({ email: 'known@particular.example', tags: ['old'] })
    const result = await run('upsert_contact', {
      email: 'Known@particular.example',
      phone: '+972545551001',
      city: 'Lod',
      tags: ['new'],
    })
    expect(result).toMatchObject({
      id,
      effect: 'updated',
      note: expect.stringContaining('The phone number was left out'),
    })
    expect(stored(id)).toMatchObject({ city: 'Lod', tags: ['old', 'new'] })
  })

  test('an update sends only what differs', async () => {
    const { id } = add({ email: 'same@particular.example', city: 'Haifa' })
    platform.calls()
    expect(await run('update_contact', { contactId: id, city: 'haifa ' })).toMatchObject({ effect: 'unchanged' })
    expect(platform.calls()).toEqual([`GET /contacts/${id}`])
    await run('update_contact', { contactId: id, city: 'Haifa', state: 'North' })
    expect(platform.control.requests({ method: 'PUT' }).at(-1)?.body).toEqual({ state: 'North' })
  })

  test('several who could be meant are nobody', async () => {
    platform.control.setAllowDuplicates(platform.locationId, true)
    for (let twin = 0; twin < 2; twin++) add({ email: 'twins@particular.example' })
    expect(await run('find_contact', { email: 'twins@particular.example' })).toMatchObject({
      id: null,
      effect: 'declined',
    })
    expect(await run('find_contact', { phone: '+972549999999' })).toMatchObject({ id: null, effect: 'declined' })
    expect(await troubleOf(run('upsert_contact', { email: 'twins@particular.example' }))).toBe('conflict')
  })

  test('a restriction that holds for good is not lifted, and lifting needs a reason', async () => {
    const { id } = add({ email: 'forgood@particular.example', dndSettings: { Email: { status: 'permanent' } } })
    const wanted = { contactId: id, channels: ['email'] }
    const result = await run('allow_contact', { ...wanted, consent: 'Asked for it by phone.' })
    expect(result).toMatchObject({ effect: 'declined', note: expect.stringContaining('E-mail') })
    expect(stored(id)?.dndSettings.Email).toEqual({ status: 'permanent' })
    for (const consent of [undefined, '', 'yes      ']) {
      expect(actionOf('allow_contact').input.safeParse({ ...wanted, consent }).success).toBe(false)
    }
    expect(await run('allow_contact', { contactId: id, channels: ['sms'], consent: 'Signed on 3 May.' })).toMatchObject(
      {
        effect: 'unchanged',
      },
    )
  })

  test('a tag that someone made meanwhile is the one', async () => {
    const { control } = platform
    const answer = { path: `/locations/${platform.locationId}/tags`, method: 'POST' }
    control.failNext({
      ...answer,
      kind: 'answer after effect',
      status: 400,
      body: { message: 'The tag name is already exist.' },
    })
    expect(await run('create_tag', { name: 'Meanwhile' })).toMatchObject({ effect: 'unchanged' })
    expect(await run('create_tag', { name: ' meanWHILE' })).toMatchObject({ effect: 'unchanged' })
  })

  test('a field of the same name and another kind is not made twice', async () => {
    expect(await run('create_custom_field', { name: 'visits', dataType: 'NUMERICAL' })).toMatchObject({
      id: fieldId('Visits'),
      effect: 'unchanged',
    })
    expect(await run('create_custom_field', { name: 'Visits', dataType: 'TEXT' })).toMatchObject({ effect: 'declined' })
  })

  test('unknown fields, users and workflows are refused', async () => {
    const { id } = someone()
    expect(await troubleOf(run('set_custom_field', { contactId: id, fieldId: 'gone', value: 'x' }))).toBe('rejected')
    expect(await troubleOf(run('assign_contact', { contactId: id, userEmail: 'no@one.example' }))).toBe('rejected')
    expect(await troubleOf(run('add_to_workflow', { contactId: id, workflowId: 'gone' }))).toBe('rejected')
  })

  test('only published automations are offered, by their names', async () => {
    const fields = await actionOf('add_to_workflow').listFields?.(context)
    const workflow = fields?.find(({ key }) => key === 'workflowId')
    expect(Object.values(workflow?.optionNames ?? {})).toEqual(['Welcome new contacts', 'Win back'])
    expect(workflow?.options).toContain(place().workflowId)
  })

  test('a lost answer of an enrolment is told as unknown, and it was made once', async () => {
    const { id } = someone()
    platform.control.failNext({ path: '/workflow/', method: 'POST', kind: 'lost answer' })
    const input = { contactId: id, workflowId: place().workflowId }
    await expect(run('add_to_workflow', input)).rejects.toMatchObject({ outcomeUnknown: true })
    expect(platform.control.enrolments(id)).toHaveLength(1)
  })
})
