import { describe, expect, test } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import type { Field, FieldValues } from '../../src/lib/field.ts'
import type { Modes } from '../../src/sandbox/activetrail/modes.ts'
import { connectorBattery } from '../contract/connector-battery.ts'
import { makeSandbox, start } from './activetrail-account.ts'
import { actionExamples, PLACE, triggerExamples } from './activetrail-happenings.ts'

const MEMBER_ID = PLACE.memberId
const DAY = 24 * 60 * 60 * 1000

connectorBattery({
  connector: activeTrail,
  makeSandbox,
  badCredentials: { token: '0XNOTATOKEN' },
  examples: actionExamples,
  triggers: triggerExamples,
  sync: {
    contact: {
      fields: { email: 'synced@example.com', sms: '+972529998877', first_name: 'Maya' },
      identity: { email: 'Synced@example.com', sms: '052-999-8877' },
      stranger: { email: 'ynced@example.com', sms: '52999887' },
      change: { email: 'moved@example.com', city: 'Lod' },
      changed: { email: 'moved@example.com', city: 'Lod', first_name: 'Maya' },
    },
  },
  inbound: {
    calls: {
      contact_changed: {
        call: { body: '{}', headers: { 'x-causeway-contact': String(MEMBER_ID) } },
        objectId: String(MEMBER_ID),
      },
    },
  },
})

describe.for<Modes['knownContact']>(['updates', 'keeps'])('upsert, where POST %s a known contact', (knownContact) => {
  test('the fields arrive, and those that were not sent stay', async () => {
    const { control, run, stored } = await start({ knownContact })
    const { id } = control.createContact({
      email: 'dov@example.com',
      city: 'Haifa',
      ext7: 'A-17',
      birthday: '1980-01-02',
    })
    const result = await run('upsert_contact', { email: 'Dov@Example.com', city: 'אילת', num3: 5, sms: '0501112233' })
    expect(result).toEqual({ id: String(id), effect: 'updated' })
    expect(stored(id)).toMatchObject({ city: 'אילת', num3: 5, sms: '0501112233', ext7: 'A-17' })
    expect(stored(id)?.birthday).toBe('1980-01-02T00:00:00')
  })

  test('what is there already is not written again', async () => {
    const { control, run, writes } = await start({ knownContact })
    const fields = { email: 'dov@example.com', sms: '+972501112233', birthday: '1980-01-02', num1: 7 }
    control.createContact({ ...fields, sms: '0501112233' })
    expect(await run('upsert_contact', fields)).toMatchObject({ effect: 'unchanged' })
    expect(writes()).toEqual([])
  })

  test('an opt-out arrives', async () => {
    const { control, run, stored } = await start({ knownContact })
    const { id } = control.createContact({ email: 'out@example.com', status: 'Subscribed', sms_status: 'Subscribed' })
    await run('upsert_contact', { email: 'out@example.com', status: 'Unsubscribed' })
    expect(stored(id)).toMatchObject({ status: 'Unsubscribed', sms_status: 'Subscribed', is_do_not_mail: false })
    await run('upsert_contact', { email: 'out@example.com', is_do_not_mail: true })
    expect(stored(id)).toMatchObject({ is_do_not_mail: true })
  })

  test('under do-not-mail the other fields still arrive and nothing is loosened', async () => {
    const { control, run, stored } = await start({ knownContact })
    const { id } = control.createContact({ email: 'no@example.com', is_do_not_mail: true, city: 'Haifa' })
    const input = { email: 'no@example.com', status: 'Unsubscribed', sms_status: 'Unsubscribed', city: 'Lod' }
    expect(await run('upsert_contact', input)).toMatchObject({ effect: 'updated' })
    expect(stored(id)).toMatchObject({ is_do_not_mail: true, city: 'Lod', status: 'None' })
  })

  test('a deleted contact is brought back with the new fields', async () => {
    const { control, run, stored } = await start({ knownContact })
    const { id } = control.createContact({ email: 'back@example.com', city: 'Haifa' })
    control.deleteContact(id)
    expect(await run('upsert_contact', { email: 'back@example.com', city: 'Lod' })).toMatchObject({ effect: 'revived' })
    expect(stored(id)).toMatchObject({ is_deleted: false, is_do_not_mail: false, city: 'Lod' })
  })

  test.for([{ status: 'Unsubscribed' }, { sms_status: 'Unsubscribed' }])(
    'a deleted contact with %o stays away',
    async (optOut) => {
      const { control, run, stored } = await start({ knownContact })
      const { id } = control.createContact({ email: 'left@example.com', ...optOut })
      control.deleteContact(id)
      const result = await run('upsert_contact', { email: 'left@example.com', first_name: 'Yael' })
      expect(result).toMatchObject({ id: String(id), effect: 'declined', note: expect.stringContaining('opting out') })
      expect(stored(id)).toMatchObject({ is_deleted: true, is_do_not_mail: true })
    },
  )

  test('a deleted contact is not brought back in order to be opted out', async () => {
    const { control, run, stored } = await start({ knownContact })
    const { id } = control.createContact({ email: 'gone@example.com' })
    control.deleteContact(id)
    for (const optOut of [{ status: 'Unsubscribed' }, { is_do_not_mail: true }]) {
      expect(await run('upsert_contact', { email: 'gone@example.com', ...optOut })).toMatchObject({
        effect: 'declined',
      })
    }
    expect(stored(id)).toMatchObject({ is_deleted: true })
  })
})

describe('upsert', () => {
  test('an empty value is neither sent nor erases', async () => {
    const { control, run, stored, writes } = await start()
    const { id } = control.createContact({ email: 'full@example.com', city: 'Haifa', ext1: 'kept' })
    await run('upsert_contact', { email: ' full@example.com ', city: '', ext1: null, sms: '  ', first_name: ' Gil ' })
    expect(writes()[0]?.body).toEqual({ first_name: 'Gil' })
    expect(stored(id)).toMatchObject({ city: 'Haifa', ext1: 'kept', first_name: 'Gil' })
  })

  test.for([
    { first_name: 'Nobody' },
    { email: '', sms: ' ' },
    { email: 'a@example.com', status: 'Subscribed' },
    { email: 'a@example.com', is_do_not_mail: false },
    { email: 'a@example.com', is_deleted: true },
    { email: 'a@example.com', birthday: '3/2/1990' },
    { email: 'a@example.com', birthday: '1990-02-30' },
    { email: 'a@example.com', birthday: '1990-31-12' },
    { email: 'a@example.com', num1: 1.5 },
    { email: 'a@example.com', ext26: 'too far' },
  ])('%o is refused before anything is sent', (input) => {
    const action = activeTrail.actions.find(({ key }) => key === 'upsert_contact')
    const { error } = action?.input.safeParse(input) ?? {}
    expect(error?.issues.length).toBeGreaterThan(0)
  })

  test('a number that belongs to another contact is left out, and the rest arrives', async () => {
    const { control, run, stored } = await start()
    const { id } = control.createContact({ email: 'one@example.com' })
    const { id: other } = control.createContact({ email: 'two@example.com', sms: '0521112222' })
    const result = await run('upsert_contact', { email: 'one@example.com', sms: '+972521112222', city: 'Lod' })
    expect(result).toEqual({ id: String(id), effect: 'updated', note: expect.stringContaining('left out') })
    expect(stored(id)).toMatchObject({ city: 'Lod', sms: null })
    expect(stored(other)).toMatchObject({ email: 'two@example.com', sms: '0521112222', city: null })
  })

  test.for<Modes['knownContact']>(['updates', 'keeps'])(
    'somebody new with a number that is somebody else’s is created without it (%s)',
    async (knownContact) => {
      const { control, run, stored } = await start({ knownContact })
      const { id: owner } = control.createContact({ email: 'owner@example.com', sms: '0521112222' })
      const result = await run('upsert_contact', { email: 'new@example.com', sms: '0521112222', city: 'Lod' })
      expect(result).toMatchObject({ effect: 'created', note: expect.stringContaining('left out') })
      expect(stored(result.id)).toMatchObject({ email: 'new@example.com', city: 'Lod', sms: null })
      expect(stored(owner)).toMatchObject({ email: 'owner@example.com', sms: '0521112222', city: null })
    },
  )

  test('who was known by number alone gets the e-mail address, and is not made twice', async () => {
    const { control, run, stored } = await start()
    const { id } = control.createContact({ sms: '0521112222' })
    const result = await run('upsert_contact', { email: 'known@example.com', sms: '+972 52-111-2222' })
    expect(result).toEqual({ id: String(id), effect: 'updated' })
    expect(stored(id)).toMatchObject({ email: 'known@example.com' })
  })

  test('before a contact that was found is written, it is asked whether it may be', async () => {
    const { control, context, writes } = await start()
    const { id } = control.createContact({ email: 'known@example.com' })
    const action = activeTrail.actions.find(({ key }) => key === 'upsert_contact')
    const asked: string[] = []
    const claim = async (found: string): Promise<void> => {
      asked.push(found)
      throw new Error('It may not.')
    }
    const input = { email: 'known@example.com', city: 'Lod' }
    await expect(action?.run({ ...context, claim }, action.input.parse(input))).rejects.toThrow('It may not.')
    expect(asked).toEqual([String(id)])
    expect(writes()).toEqual([])
  })

  test('an opt-out that is refused is not passed over', async () => {
    const { control, run } = await start()
    control.fail({ method: 'POST', status: 405 })
    const optOut = run('upsert_contact', { email: 'out@example.com', status: 'Unsubscribed' })
    await expect(optOut).rejects.toMatchObject({ code: 'rejected', status: 405 })
  })

  test('answers of PUT may be empty or not', async () => {
    const { control, run, stored } = await start({ knownContact: 'keeps', writeAnswers: 'object' })
    const { id } = control.createContact({ email: 'dov@example.com' })
    await run('upsert_contact', { email: 'dov@example.com', city: 'Lod' })
    expect(stored(id)).toMatchObject({ city: 'Lod' })
  })
})

describe('update by id', () => {
  test('the e-mail address moves with the contact, and only what differs is sent', async () => {
    const { control, run, stored, writes } = await start()
    const { id } = control.createContact({ email: 'old@example.com', city: 'Haifa', first_name: 'Gil' })
    const input = { contact_id: String(id), email: 'New@Example.com', city: 'Haifa', first_name: 'Gil' }
    expect(await run('update_contact', input)).toEqual({ id: String(id), effect: 'updated' })
    expect(writes().map(({ body }) => body)).toEqual([{ email: 'New@Example.com' }])
    expect(stored(id)).toMatchObject({ email: 'new@example.com', city: 'Haifa' })
    expect(await run('update_contact', input)).toMatchObject({ id: String(id), effect: 'unchanged', record: { id } })
  })

  test('an address that belongs to another contact is a conflict that the owner understands', async () => {
    const { control, run, stored } = await start()
    const { id: contact_id } = control.createContact({ email: 'one@example.com', city: 'Haifa' })
    control.createContact({ email: 'two@example.com' })
    const taken = run('update_contact', { contact_id, email: 'two@example.com', sms: '0501112233', city: 'Lod' })
    await expect(taken).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('Merge the two') })
    expect(stored(contact_id)).toMatchObject({ email: 'one@example.com', city: 'Haifa' })
  })

  test('a number that is taken is left out, and the rest arrives', async () => {
    const { control, run, stored } = await start()
    const { id: contact_id } = control.createContact({ email: 'one@example.com', sms: '0501112233' })
    control.createContact({ sms: '0521112222' })
    const result = await run('update_contact', { contact_id, sms: '0521112222', city: 'Lod' })
    expect(result).toMatchObject({ effect: 'updated', note: expect.stringContaining('left out') })
    expect(stored(contact_id)).toMatchObject({ sms: '0501112233', city: 'Lod' })
  })

  test('a contact that is gone is said to be gone, and a deleted one is brought back', async () => {
    const { control, run, stored } = await start()
    await expect(run('update_contact', { contact_id: 999_999, city: 'Lod' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const { id: contact_id } = control.createContact({ email: 'back@example.com' })
    control.deleteContact(contact_id)
    expect(await run('update_contact', { contact_id, city: 'Lod' })).toMatchObject({ effect: 'revived' })
    expect(stored(contact_id)).toMatchObject({ is_deleted: false, city: 'Lod' })
  })
})

describe('kept in step', () => {
  const sync = activeTrail.objects.find(({ key }) => key === 'contact')?.sync

  test('everyone who is meant is found, nobody who resembles them, and a deleted one says so', async () => {
    const { control, context } = await start()
    const { id } = control.createContact({ email: 'ann@example.com' })
    const { id: other } = control.createContact({ email: 'joann@example.com', sms: '0521112222' })
    const { id: gone } = control.createContact({ sms: '0541112222' })
    control.deleteContact(gone)
    const match = async (identity: FieldValues) => (await sync?.match(context, identity))?.map((one) => one.id)
    expect(await match({ email: 'Ann@example.com' })).toEqual([String(id)])
    expect(await match({ email: 'ann@example.com', sms: '+972 52-111-2222' })).toEqual([String(id), String(other)])
    expect(await match({ email: null, sms: null })).toEqual([])
    expect(await sync?.match(context, { sms: '054-111-2222' })).toMatchObject([{ id: String(gone), isDeleted: true }])
  })

  test('a contact that was read just now is written with one request', async () => {
    const { control, context, stored } = await start({ writeAnswers: 'object' })
    const { id } = control.createContact({ email: 'known@example.com', city: 'Haifa' })
    const known = await activeTrail.objects[0]?.find?.(context, { id: String(id) })
    control.clearRequests()
    const action = activeTrail.actions.find(({ key }) => key === 'update_contact')
    const input = action?.input.parse({ contact_id: id, email: 'known@example.com', city: 'Lod' })
    const result = await action?.run({ ...context, ...(known && { known }) }, input)
    expect(result).toMatchObject({ effect: 'updated', record: { city: 'Lod', email: 'known@example.com' } })
    expect(control.requests().map(({ method, body }) => [method, body])).toEqual([['PUT', { city: 'Lod' }]])
    expect(stored(id)).toMatchObject({ city: 'Lod' })
  })

  test('its labels are the groups it is in', async () => {
    const { control, context } = await start()
    expect(await sync?.labels?.list(context, String(MEMBER_ID))).toEqual(['Students'])
    const { id } = control.createContact({ email: 'alone@example.com' })
    expect(await sync?.labels?.list(context, String(id))).toEqual([])
  })
})

describe.for<Modes['pages']>(['from_1', 'from_1_lenient', 'from_0'])('groups, with pages %s', (pages) => {
  test('a group on the first page or beyond it is found by its exact name', async () => {
    const { control, run } = await start({ pages })
    for (let number = 0; number < 120; number += 1) control.createGroup(`Course ${number}`)
    const { id } = control.createGroup('Course')
    control.createGroup('Course')
    expect(await run('ensure_group', { name: ' Course ' })).toEqual({ id: String(id), effect: 'unchanged' })
    expect(await run('ensure_group', { name: 'Course 1' })).toMatchObject({ effect: 'unchanged' })
  })

  test('a list that fits on a page is one call', async () => {
    const { control, run } = await start({ pages })
    await run('ensure_group', { name: 'Students' })
    expect(control.requests()).toHaveLength(1)
  })

  test('one that differs only in its capitals is the same, unless there is one of exactly this spelling', async () => {
    const { control, run } = await start({ pages })
    const { id } = control.createGroup('VIP')
    expect(await run('ensure_group', { name: 'vip' })).toEqual({ id: String(id), effect: 'unchanged' })
    const { id: exact } = control.createGroup('vip')
    expect(await run('ensure_group', { name: 'vip' })).toEqual({ id: String(exact), effect: 'unchanged' })
  })

  test('an exactly full last page does not end in a loop', async () => {
    const { control, run } = await start({ pages })
    for (let number = 0; number < 100; number += 1) control.createGroup(`Course ${number}`)
    expect(await run('ensure_group', { name: 'Course' })).toMatchObject({ effect: 'created' })
  })
})

describe('membership', () => {
  test('journeys start once, however often it is asked', async () => {
    const { control, run } = await start()
    const input = { group_name: 'Journey', email: 'j@example.com', is_trigger_events: true }
    expect(await run('add_to_group', input)).toMatchObject({ effect: 'created' })
    expect(await run('add_to_group', input)).toMatchObject({ effect: 'unchanged', note: expect.any(String) })
    expect(control.journeyStarts()).toHaveLength(1)
  })

  test('a contact is added by its id, by an old number in another spelling, and keeps its consent', async () => {
    const { control, run, stored } = await start()
    const { id: groupId } = control.createGroup('Old friends')
    const { id: byId } = control.createContact({ email: 'old@example.com', status: 'Unsubscribed' })
    const { id: bySms } = control.createContact({ sms: '0501112233' })
    control.advance(200 * DAY)
    expect(await run('add_to_group', { group_id: groupId, contact_id: String(byId) })).toMatchObject({
      effect: 'updated',
    })
    expect(await run('add_to_group', { group_id: groupId, sms: '+972 50-111-2233' })).toMatchObject({
      id: String(bySms),
      effect: 'updated',
    })
    expect(
      control
        .groups()
        .at(-1)
        ?.members.map(({ id }) => id),
    ).toEqual([byId, bySms])
    expect(stored(byId)).toMatchObject({ status: 'Unsubscribed' })
    expect(control.journeyStarts()).toEqual([])
  })

  test('a deleted contact joins nothing', async () => {
    const { control, run } = await start()
    const { id } = control.createContact({ email: 'gone@example.com' })
    control.deleteContact(id)
    expect(await run('add_to_group', { group_name: 'Any', email: 'gone@example.com' })).toMatchObject({
      effect: 'declined',
    })
    expect(control.groups().map(({ name }) => name)).not.toContain('Any')
  })

  test('an unknown contact id or group id is said to be unknown', async () => {
    const { control, run } = await start()
    const { id: contact_id } = control.createContact({ email: 'known@example.com' })
    const wrongContact = run('add_to_group', { group_name: 'Students', contact_id: 999_999 })
    await expect(wrongContact).rejects.toMatchObject({ code: 'not_found' })
    await expect(run('add_to_group', { group_id: 999_999, contact_id })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('leaving a group one is not in, or that is not there, is nothing to do', async () => {
    const { control, run } = await start()
    const { id } = control.createContact({ email: 'free@example.com' })
    const unchanged = { id: String(id), effect: 'unchanged' }
    expect(await run('remove_from_group', { group_name: 'Students', contact_id: id })).toEqual(unchanged)
    expect(await run('remove_from_group', { group_name: 'No such', contact_id: id })).toMatchObject(unchanged)
    expect(await run('remove_from_group', { group_name: 'Students', email: 'who@example.com' })).toMatchObject({
      id: null,
      effect: 'unchanged',
    })
    expect(control.groups().map(({ name }) => name)).not.toContain('No such')
  })
})

describe('reading', () => {
  const contactObject = () => activeTrail.objects.find(({ key }) => key === 'contact')

  test('columns bear the names the account gave them', async () => {
    const { control, context } = await start()
    control.setFieldLabels([
      { column: 'EXT3', label: 'צבע מועדף' },
      { column: 'Date2', label: 'Renewal' },
      { column: 'FirstName', label: 'Given name' },
      { column: 'ext4', label: ' ' },
    ])
    const fields = (await contactObject()?.listFields(context)) as Field[]
    const labels = Object.fromEntries(fields.map(({ key, label }) => [key, label]))
    expect(labels).toMatchObject({ ext3: 'צבע מועדף', date2: 'Renewal', ext4: 'Text 4', first_name: 'First name' })
  })

  test('every field that may be written is one that upsert takes', async () => {
    const { context } = await start()
    const fields = (await contactObject()?.listFields(context)) as Field[]
    const samples: Record<string, unknown> = {
      text: 'x',
      phone: '0501234567',
      email: 'a@b.co',
      date: '2026-01-02',
      number: 1,
    }
    const writable = fields.filter(({ readOnly, type }) => !readOnly && type in samples)
    const input = Object.fromEntries(writable.map(({ key, type }) => [key, samples[type]]))
    const action = activeTrail.actions.find(({ key }) => key === 'upsert_contact')
    expect(action?.input.parse({ ...input, status: 'Unsubscribed', is_do_not_mail: true })).toBeDefined()
  })

  test('a contact is found by id, e-mail or number, however old, and a living one before a deleted one', async () => {
    const { control, context } = await start()
    const { id: gone } = control.createContact({ email: 'gone@example.com', sms: '0521231231' })
    const { id } = control.createContact({ email: 'very.long@example.com', sms: '+972521231231' })
    control.createContact({ email: 'long@example.com' })
    control.deleteContact(gone)
    control.advance(300 * DAY)
    const find = (key: object) => contactObject()?.find?.(context, key)
    expect(await find({ id: String(id) })).toMatchObject({ id: String(id), isDeleted: false })
    expect(await find({ email: 'LONG@example.com' })).toMatchObject({ data: { email: 'long@example.com' } })
    expect(await find({ phone: '052-123-1231' })).toMatchObject({ id: String(id) })
    expect(await find({ email: 'gone@example.com' })).toMatchObject({ isDeleted: true })
  })
})

describe('what ActiveTrail says when it refuses', () => {
  test.for([
    { body: { message: 'city is wrong' } },
    { body: { Message: 'city is wrong' } },
    { body: { error: 'city is wrong' } },
    { body: { Error: 'city is wrong' } },
    { body: '"city is wrong"' },
    { body: 'city is wrong' },
  ])('$body is passed on', async ({ body }) => {
    const { control, run } = await start()
    control.fail({ status: 400, body })
    const refused = run('upsert_contact', { email: 'a@example.com' })
    await expect(refused).rejects.toMatchObject({ code: 'rejected', message: expect.stringContaining('city is wrong') })
  })

  test('but not the token, an address or a number in it', async () => {
    const { control, context, run } = await start()
    const { token } = context.credentials as { token: string }
    control.fail({ status: 400, body: { Message: `${token} may not add dana@example.com, +972 50-123 4567` } })
    const error = await run('upsert_contact', { email: 'a@example.com' }).catch((reason: Error) => reason)
    expect((error as Error).message).toBe('ActiveTrail answered with status 400: … may not add …, …')
  })
})
