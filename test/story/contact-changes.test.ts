import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'

let line: Line
let account: Account

beforeAll(async () => {
  line = await startLine()
  // More events than a location's hundred calls in ten seconds would let through at once.
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  account = await openAccount(line, 0)
})

afterAll(() => line?.close())

let lastPerson = 0
/** An address and a number that nobody else has. */
const person = () => {
  lastPerson += 1
  return { email: `person${lastPerson}@example.com`, phone: `+97250${String(1_000_000 + lastPerson)}` }
}
const lastRun = async (contactId: string) => (await account.runs(contactId))[0]
const writes = () => line.activeTrail.control.requests().filter(({ method }) => method !== 'GET')

/** HighLevel says that something happened to the contact, whether or not it did. */
const tell = (type: string, id: string) =>
  line.highLevel.control.sendWebhook({
    type,
    id,
    locationId: account.locationId,
    appId: line.config.highLevel.appId,
    webhookId: crypto.randomUUID(),
    timestamp: new Date().toISOString(),
  })

describe.concurrent('fields', () => {
  test('a contact that is created arrives, Hebrew and long values included', async () => {
    const { email, phone } = person()
    const address1 = `רחוב ${'ארוך '.repeat(400)}`.trim()
    const id = await account.create({
      email,
      phone,
      firstName: 'דנה',
      lastName: 'כהן-לוי',
      address1,
      dateOfBirth: '1990-02-03',
    })
    expect(account.only({ email })).toMatchObject({
      first_name: 'דנה',
      last_name: 'כהן-לוי',
      sms: phone,
      street: address1,
      birthday: '1990-02-03T00:00:00',
    })
    expect(await lastRun(id)).toMatchObject({ outcome: 'succeeded', reason: null, attempts: 1 })
  })

  test('an edit arrives, and what is emptied in HighLevel stays in ActiveTrail', async () => {
    const { email, phone } = person()
    const id = await account.create({ email, phone, firstName: 'Gil', city: 'Haifa' })
    await account.edit(id, { city: '', firstName: 'Gila', lastName: null })
    expect(account.only({ email })).toMatchObject({ first_name: 'Gila', city: 'Haifa', sms: phone })
  })

  test('what was filled in by hand in ActiveTrail stays', async () => {
    const { email } = person()
    const id = await account.create({ email })
    line.activeTrail.control.editContact(account.only({ email }).id, { ext7: 'A-17', city: 'Lod' })
    await account.edit(id, { firstName: 'Dov' })
    expect(account.only({ email })).toMatchObject({ first_name: 'Dov', ext7: 'A-17', city: 'Lod' })
  })

  test('a contact with a phone number alone arrives, and its e-mail address follows', async () => {
    const { email, phone } = person()
    const id = await account.create({ phone, firstName: 'Noa' })
    const { id: there } = account.only({ sms: phone })
    await account.edit(id, { email })
    expect(account.only({ sms: phone })).toMatchObject({ id: there, email })
  })

  test('a new e-mail address moves the contact: it is not made twice, and keeps its groups', async () => {
    const { email } = person()
    const { email: changed } = person()
    const id = await account.create({ email, tags: ['moving'] })
    const { id: there } = account.only({ email })
    await account.edit(id, { email: changed })
    expect(account.there({ email })).toEqual([])
    expect(account.only({ email: changed })).toMatchObject({ id: there, groups: ['moving'] })
  })

  test('a new e-mail address that somebody else has there is a conflict, and nothing is merged', async () => {
    const [{ email }, { email: taken }] = [person(), person()]
    line.activeTrail.control.createContact({ email: taken, city: 'Eilat' }, account.token)
    const id = await account.create({ email, city: 'Haifa' })
    await account.edit(id, { email: taken })
    expect(await lastRun(id)).toMatchObject({
      outcome: 'failed',
      attempts: 1,
      reason: expect.stringContaining('Merge the two'),
    })
    expect(account.only({ email: taken })).toMatchObject({ city: 'Eilat' })
    expect(account.only({ email })).toMatchObject({ city: 'Haifa' })
  })

  test('a contact that is in ActiveTrail already is taken over, not made twice', async () => {
    const { email, phone } = person()
    const { id: there } = line.activeTrail.control.createContact({ email, ext1: 'old', sms: phone }, account.token)
    await account.create({ email: email.toUpperCase(), phone, firstName: 'Rina' })
    expect(account.only({ email })).toMatchObject({ id: there, first_name: 'Rina', ext1: 'old' })
  })
})

describe('values that cannot be right', () => {
  test('are left out and said so, and the rest arrives', async () => {
    const { email } = person()
    const id = await account.create({ email, phone: 'call me', dateOfBirth: 'in March', city: 'Lod' })
    expect(account.only({ email })).toMatchObject({ city: 'Lod', sms: null, birthday: null })
    const run = await lastRun(id)
    expect(run).toMatchObject({ outcome: 'succeeded', reason: expect.stringContaining('phone, date of birth') })
  })

  test('an e-mail address that is none leaves the number to know the contact by', async () => {
    const { phone, email } = person()
    const id = await account.create({ email: 'nobody at home', phone, firstName: 'Ela' })
    expect(account.only({ sms: phone })).toMatchObject({ email: null, first_name: 'Ela' })
    await account.edit(id, { email })
    expect(account.only({ sms: phone })).toMatchObject({ email })
  })

  test.for([{}, { email: 'nonsense', phone: 'ext. 7' }])(
    'neither e-mail nor phone: left alone, once (%j)',
    async (input) => {
      line.activeTrail.control.clearRequests()
      const id = await account.create({ firstName: 'Nameless', ...input })
      const run = await lastRun(id)
      expect(run).toMatchObject({
        outcome: 'skipped',
        attempts: 1,
        reason: expect.stringContaining('ActiveTrail needs an e-mail'),
      })
      expect(line.activeTrail.control.requests()).toEqual([])
    },
  )

  test('a linked contact that loses both is still the same contact', async () => {
    const { email, phone } = person()
    const id = await account.create({ email, phone })
    await account.edit(id, { email: null, phone: null, city: 'Arad' })
    expect(account.only({ email })).toMatchObject({ sms: phone, city: 'Arad' })
  })
})

describe('two contacts that look like one person', () => {
  test('with one e-mail address: the second says so, and nothing is merged', async () => {
    line.highLevel.control.setAllowDuplicates(account.locationId, true)
    const { email } = person()
    await account.create({ email, firstName: 'Mother', tags: ['mothers'] })
    const second = await account.create({ email, firstName: 'Father', tags: ['fathers'] })
    expect(account.only({ email })).toMatchObject({ first_name: 'Mother', groups: ['mothers'] })
    const run = await lastRun(second)
    expect(run).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('Another contact of your account') })
    expect(run?.steps).toEqual([])
  })

  test('at the same moment: still only one of them arrives', async () => {
    line.highLevel.control.setAllowDuplicates(account.locationId, true)
    const { email } = person()
    const names = ['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => `${letter}lex`)
    for (const firstName of names) line.highLevel.control.createContact(account.locationId, { email, firstName })
    await account.settled()
    const { first_name: arrived } = account.only({ email })
    const runs = await Promise.all(
      line.highLevel.control
        .contacts(account.locationId)
        .filter((contact) => contact.email === email)
        .map(async ({ id, firstName }) => ({ firstName, outcome: (await lastRun(id))?.outcome })),
    )
    expect(runs.filter(({ outcome }) => outcome === 'succeeded')).toEqual([
      { firstName: arrived, outcome: 'succeeded' },
    ])
    expect(runs.filter(({ outcome }) => outcome === 'failed')).toHaveLength(names.length - 1)
  })

  test('with one number: both arrive, and the number stays with the first', async () => {
    line.highLevel.control.setAllowDuplicates(account.locationId, true)
    const [{ email, phone }, { email: other }] = [person(), person()]
    await account.create({ email, phone })
    const second = await account.create({ email: other, phone })
    expect(account.only({ email })).toMatchObject({ sms: phone })
    expect(account.only({ email: other })).toMatchObject({ sms: null })
    expect(await lastRun(second)).toMatchObject({ outcome: 'succeeded', reason: expect.stringContaining('left out') })
  })

  test('one that was deleted in HighLevel and made anew is the same person again', async () => {
    const { email } = person()
    const first = await account.create({ email, firstName: 'Old' })
    const { id: there } = account.only({ email })
    line.highLevel.control.deleteContact(first)
    const again = await account.create({ email, firstName: 'New' })
    expect(account.only({ email })).toMatchObject({ id: there, first_name: 'New' })
    expect(await lastRun(again)).toMatchObject({ outcome: 'succeeded' })
  })
})

describe.concurrent('tags', () => {
  test('join and leave groups, and a group joined by hand stays', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['joins', 'leaves'] })
    const { id: there, groups } = account.only({ email })
    expect(groups).toEqual(['joins', 'leaves'])
    const { id: byHand } = line.activeTrail.control.createGroup('By hand', account.token)
    line.activeTrail.control.addMember(byHand, there)
    await account.edit(id, { tags: ['joins', 'new'] })
    expect(account.only({ email }).groups.sort()).toEqual(['By hand', 'joins', 'new'])
    await account.edit(id, { tags: [] })
    expect(account.only({ email }).groups).toEqual(['By hand'])
  })

  test('a group that is there already, in other capitals, is the one', async () => {
    line.activeTrail.control.createGroup('Gold Members', account.token)
    const { email } = person()
    await account.create({ email, tags: ['gold members'] })
    expect(account.only({ email }).groups).toEqual(['Gold Members'])
    expect(account.groups().filter(({ name }) => name.toLowerCase() === 'gold members')).toHaveLength(1)
  })

  test('a group that was deleted in ActiveTrail is made again, once', async () => {
    const people = [person(), person(), person(), person(), person()]
    await account.create({ email: person().email, tags: ['phoenix'] })
    const [gone] = account.groups('phoenix')
    const deleted = await fetch(`${line.activeTrailUrl}/api/groups/${gone?.id}`, {
      method: 'DELETE',
      headers: { authorization: account.token },
    })
    expect(deleted.ok).toBe(true)
    for (const { email } of people)
      line.highLevel.control.createContact(account.locationId, { email, tags: ['phoenix'] })
    await account.settled()
    expect(account.groups('phoenix')).toHaveLength(1)
    expect(account.groups('phoenix')[0]?.members).toHaveLength(people.length)
  })

  test('a tag that goes while its group is gone is just gone', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['vanishing'] })
    const [gone] = account.groups('vanishing')
    await fetch(`${line.activeTrailUrl}/api/groups/${gone?.id}`, {
      method: 'DELETE',
      headers: { authorization: account.token },
    })
    await account.edit(id, { tags: [] })
    expect(await lastRun(id)).toMatchObject({ outcome: 'succeeded' })
    expect(account.groups('vanishing')).toEqual([])
  })
})

describe.concurrent('a contact that was deleted in ActiveTrail', () => {
  test('comes back with the next edit, in its groups', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['returning'] })
    const { id: there } = account.only({ email })
    line.activeTrail.control.deleteContact(there)
    for (const { id: group } of account.groups('returning')) line.activeTrail.control.removeMember(group, there)
    await account.edit(id, { city: 'Lod' })
    expect(account.only({ email })).toMatchObject({ id: there, is_deleted: false, city: 'Lod', groups: ['returning'] })
    expect(await lastRun(id)).toMatchObject({ outcome: 'succeeded', reason: expect.stringContaining('brought back') })
  })

  test('comes back with a new tag as well', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['first'] })
    line.activeTrail.control.deleteContact(account.only({ email }).id)
    await account.edit(id, { tags: ['first', 'second'] })
    expect(account.only({ email })).toMatchObject({ is_deleted: false, groups: ['first', 'second'] })
    expect(await lastRun(id)).toMatchObject({ outcome: 'succeeded', reason: expect.stringContaining('brought back') })
  })

  test('does not come back when it had opted out', async () => {
    const { email } = person()
    const id = await account.create({ email })
    const { id: there } = account.only({ email })
    line.activeTrail.control.editContact(there, { status: 'Unsubscribed' })
    line.activeTrail.control.deleteContact(there)
    await account.edit(id, { city: 'Lod', tags: ['lured'] })
    expect(account.only({ email })).toMatchObject({ is_deleted: true, groups: [] })
    expect((await account.runs(id)).filter(({ outcome }) => outcome === 'skipped').length).toBeGreaterThan(0)
    expect(await lastRun(id)).toMatchObject({ reason: expect.stringContaining('opting out') })
  })

  test('is made anew when ActiveTrail no longer knows its id', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['kept'] })
    const { id: there } = account.only({ email })
    line.activeTrail.control.editContact(there, { email: person().email })
    line.activeTrail.control.fail({ path: `/contacts/${there}`, status: 404, times: 5 })
    await account.edit(id, { city: 'Lod' })
    line.activeTrail.control.clearFaults()
    expect(account.only({ email })).toMatchObject({ city: 'Lod', groups: ['kept'] })
    expect(account.only({ email }).id).not.toBe(there)
  })
})

describe.concurrent('consent', () => {
  test.for([
    [{ dnd: true }, { is_do_not_mail: true, status: 'None', sms_status: 'None' }],
    [
      { dndSettings: { Email: { status: 'active' } } },
      { status: 'Unsubscribed', sms_status: 'None', is_do_not_mail: false },
    ],
    [
      { dndSettings: { SMS: { status: 'permanent' } } },
      { status: 'None', sms_status: 'Unsubscribed', is_do_not_mail: false },
    ],
    [{ dndSettings: { Call: { status: 'active' } } }, { status: 'None', sms_status: 'None', is_do_not_mail: false }],
  ] as const)('%j arrives as %j', async ([restriction, expected]) => {
    const { email } = person()
    const id = await account.create({ email })
    await account.edit(id, restriction)
    expect(account.only({ email })).toMatchObject(expected)
  })

  test('lifting it in HighLevel loosens nothing in ActiveTrail', async () => {
    const { email } = person()
    const id = await account.create({ email, dnd: true })
    const { email: second } = person()
    const other = await account.create({
      email: second,
      dndSettings: { Email: { status: 'active' }, SMS: { status: 'active' } },
    })
    await account.edit(id, { dnd: false, city: 'Lod' })
    await account.edit(other, {
      dndSettings: { Email: { status: 'inactive' }, SMS: { status: 'inactive' } },
      city: 'Lod',
    })
    expect(account.only({ email })).toMatchObject({ is_do_not_mail: true, city: 'Lod' })
    expect(account.only({ email: second })).toMatchObject({
      status: 'Unsubscribed',
      sms_status: 'Unsubscribed',
      city: 'Lod',
    })
  })

  test('who unsubscribed in ActiveTrail stays unsubscribed, whatever HighLevel edits', async () => {
    const { email } = person()
    const id = await account.create({ email })
    line.activeTrail.control.editContact(account.only({ email }).id, { status: 'Unsubscribed', is_do_not_mail: true })
    await account.edit(id, { city: 'Lod', tags: ['new'], dndSettings: { Email: { status: 'active' } } })
    expect(account.only({ email })).toMatchObject({ status: 'Unsubscribed', is_do_not_mail: true, city: 'Lod' })
  })
})

describe('events that lead nowhere', () => {
  test('the contact is deleted before its event is worked on', async () => {
    const { email } = person()
    line.highLevel.control.holdWebhooks()
    const { id } = line.highLevel.control.createContact(account.locationId, { email })
    line.highLevel.control.deleteContact(id)
    line.highLevel.control.releaseWebhooks()
    await account.settled()
    expect(await account.runs(id)).toMatchObject([{ outcome: 'skipped', reason: 'The contact no longer exists.' }])
    expect(account.there({ email })).toEqual([])
  })

  test('the contact belongs to another location', async () => {
    const foreign = line.highLevel.control.contacts(String(line.highLevel.control.locations()[1]?.id))[0]
    tell('ContactUpdate', String(foreign?.id))
    await account.settled()
    expect(await account.runs(foreign?.id)).toMatchObject([
      { outcome: 'skipped', reason: 'The contact belongs to another account.', attempts: 1 },
    ])
    expect(account.there({ email: foreign?.email ?? null })).toEqual([])
  })

  test('a deletion in HighLevel does nothing in ActiveTrail', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['stays'] })
    line.highLevel.control.deleteContact(id)
    await account.settled()
    expect(account.only({ email })).toMatchObject({ is_deleted: false, groups: ['stays'] })
  })
})

describe('echoes', () => {
  test('an edit of something that is not mapped writes nothing and asks ActiveTrail nothing', async () => {
    const { email } = person()
    const id = await account.create({ email, tags: ['quiet'] })
    line.activeTrail.control.clearRequests()
    await account.edit(id, { companyName: 'Elsewhere Ltd', website: 'https://example.com' })
    expect(await lastRun(id)).toMatchObject({ outcome: 'unchanged', steps: [] })
    expect(line.activeTrail.control.requests()).toEqual([])
  })

  test('repeats, duplicates and late events of contacts in step make no call at all', async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => account.create({ ...person(), city: 'Haifa', tags: ['quiet'] })),
    )
    line.activeTrail.control.clearRequests()
    line.highLevel.control.duplicateNextWebhooks(10)
    for (const type of ['ContactUpdate', 'ContactTagUpdate', 'ContactDndUpdate']) for (const id of ids) tell(type, id)
    for (const { webhookId } of line.highLevel.control.deliveries().slice(-3)) {
      await line.highLevel.control.resend(webhookId)
    }
    await account.settled()
    for (const id of ids) expect(await account.runs(id)).toHaveLength(4)
    expect(line.activeTrail.control.requests()).toEqual([])
  })

  test('forth and back within one wait is no change', async () => {
    const { email } = person()
    const id = await account.create({ email, city: 'Haifa' })
    line.activeTrail.control.clearRequests()
    line.highLevel.control.holdWebhooks()
    line.highLevel.control.updateContact(id, { city: 'Lod' })
    line.highLevel.control.updateContact(id, { city: 'Haifa' })
    line.highLevel.control.releaseWebhooks('reversed')
    await account.settled()
    expect(writes()).toEqual([])
  })
})

test('the history shows no personal value', async () => {
  const { email, phone } = person()
  const id = await account.create({ email, phone, firstName: 'Avigail', city: 'Tiberias', dateOfBirth: '1987-06-05' })
  const shown = JSON.stringify(await account.runs(id))
  for (const value of [email, phone, 'vigail', 'iberias', '1987']) expect(shown).not.toContain(value)
  expect(line.logged.filter((entry) => entry.includes(email) || entry.includes(phone))).toEqual([])
})
