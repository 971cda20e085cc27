import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Trouble } from '../../../src/lib/trouble.ts'
import { highLevelContactSide } from '../../../src/sync/sides/highlevel-contact.ts'
import { IMPORT_TAG } from '../../../src/sync/sides/import-tag.ts'
import type { Side, SideWrite, SyncRecord, WriteAround } from '../../../src/sync/sides/side.ts'
import { type PlatformApi, startPlatformApi } from '../../support/platform-api.ts'

let platform: PlatformApi
let side: Side

beforeAll(async () => {
  platform = await startPlatformApi()
  const { api, locationId } = platform
  side = highLevelContactSide({ api, locationId, now: Date.now })
  await side.listFields()
})
afterEach(() => {
  const { control } = platform
  control.clearFaults()
  control.dropFields([])
  control.setSearchLag(0)
  control.setDndHabit('merges')
  control.setAllowDuplicates(platform.locationId, false)
  platform.calls()
})
afterAll(() => platform?.stop())

const write = (given: Partial<SideWrite>): SideWrite => ({
  fields: {},
  labels: { add: [], remove: [] },
  consent: {},
  ...given,
})
const labels = (add: string[], remove: string[] = []) => ({ labels: { add, remove } })

const around = (given: Partial<WriteAround> = {}): WriteAround => ({
  quiet: false,
  contactId: null,
  claim: async () => {},
  ...given,
})

const stored = (id: string) => {
  const contact = platform.control.contact(id)
  if (!contact) throw new Error(`There is no contact ${id}.`)
  return contact
}
const add = (input: object) => platform.control.createContact(platform.locationId, input)
const everyone = () => platform.control.contacts(platform.locationId).length
const custom = (name: string): string => {
  const field = platform.control.customFields(platform.locationId).find((one) => one.name === name)
  return String(field?.id)
}
const key = (name: string): string => `customFields.${custom(name)}`
const read = async (id: string): Promise<SyncRecord> => {
  const record = await side.read(id, { withLabels: true })
  if (!record) throw new Error('It is not there.')
  return record
}
const troubleOf = async (work: Promise<unknown>): Promise<Trouble> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Trouble)) throw new Error(`No trouble, but ${error}`)
  return error
}
const writes = (): string[] => platform.calls().filter((call) => !call.startsWith('GET') && !call.includes('/search'))

describe('what it has', () => {
  test('fields: those of every contact and those of this account, with what may be written', async () => {
    const fields = await side.listFields()
    expect(fields).toContainEqual({ key: key('Visits'), label: 'Visits', type: 'number' })
    expect(fields).toContainEqual({ key: key('Member since'), label: 'Member since', type: 'date' })
    const options = ['Basic', 'Plus', 'Premium']
    expect(fields).toContainEqual({ key: key('Plan'), label: 'Plan', type: 'option', options })
    expect(fields.filter(({ readOnly }) => readOnly).map((field) => field.key)).toEqual(['name', 'type', 'dateAdded'])
  })

  test('a record with everything, and what is empty known to be empty', async () => {
    const { id, dateUpdated } = add({
      firstName: 'דנה',
      email: 'dana@side.example',
      phone: '+972 54-555-0101',
      tags: ['VIP'],
      customFields: [{ id: custom('Visits'), field_value: 7 }],
      dndSettings: { SMS: { status: 'permanent' } },
    })
    const record = await read(id)
    expect(record).toMatchObject({
      id,
      labels: ['vip'],
      consent: { all: false, email: false, sms: true },
      changedAt: Date.parse(dateUpdated),
      isDeleted: false,
    })
    expect(record.fields).toMatchObject({
      firstName: 'דנה',
      lastName: null,
      email: 'dana@side.example',
      phone: '+972545550101',
      [key('Visits')]: 7,
      [key('Plan')]: null,
    })
  })

  test('nobody, where there is none', async () => {
    expect(await side.read('nobody', { withLabels: false })).toBeUndefined()
  })

  test('without the permission for custom fields, the others', async () => {
    const narrow = await startPlatformApi({ scopes: ['contacts.readonly', 'contacts.write'] })
    const { api, locationId, control } = narrow
    const plain = highLevelContactSide({ api, locationId, now: Date.now })
    const [known] = control.contacts(locationId)
    const record = await plain.read(String(known?.id), { withLabels: true })
    expect(Object.keys(record?.fields ?? {}).filter((name) => name.startsWith('customFields'))).toEqual([])
    expect(record?.fields.email).toBe(known?.email)
    await narrow.stop()
  })
})

describe('who is meant', () => {
  test('the e-mail address decides before the number, whatever its capitals', async () => {
    const one = add({ email: 'first@match.example', phone: '+972545550201' })
    const other = add({ email: 'second@match.example', phone: '+972545550202' })
    const byBoth = await side.match({ email: 'First@Match.example', phone: '+972545550202' })
    expect(byBoth.map(({ id }) => id)).toEqual([one.id])
    expect((await side.match({ phone: '+972 54 555 0202' })).map(({ id }) => id)).toEqual([other.id])
    expect(await side.match({ email: 'first@match.exampl', phone: '0545550202' })).toEqual([])
  })

  test('several who have the address are all told', async () => {
    platform.control.setAllowDuplicates(platform.locationId, true)
    const ids = [add({ email: 'twin@match.example' }), add({ email: 'twin@match.example' })].map(({ id }) => id)
    expect((await side.match({ email: 'twin@match.example' })).map(({ id }) => id).sort()).toEqual(ids.sort())
    const trouble = await troubleOf(side.create(write({ fields: { email: 'twin@match.example' } }), around()))
    expect(trouble).toMatchObject({ code: 'conflict' })
  })

  test('whoever shares the number and has an address of his own is someone else', async () => {
    const mother = add({ email: 'mother@match.example', phone: '+972545550203' })
    const named = await side.match({ email: 'son@match.example', phone: '+972545550203' })
    expect(named.map(({ id, fields }) => [id, fields.email])).toEqual([[mother.id, 'mother@match.example']])
    const fields = { email: 'son@match.example', phone: '+972545550203', firstName: 'Son' }
    const made = await side.create(write({ fields }), around())
    expect(made).toMatchObject({ effect: 'created', note: expect.stringContaining('belongs to another contact') })
    expect(stored(made.id)).toMatchObject({ firstName: 'Son', email: 'son@match.example' })
    expect(stored(made.id).phone).toBeUndefined()
    expect(stored(mother.id).email).toBe('mother@match.example')
  })

  test('who was added a moment ago is found although the search lags behind', async () => {
    platform.control.setSearchLag(60_000)
    const { id } = add({ email: 'fresh@match.example' })
    expect((await side.match({ email: 'fresh@match.example' })).map((one) => one.id)).toEqual([id])
  })
})

describe('what fits', () => {
  const fitted = (fields: SideWrite['fields'], isNew = false) => side.fit(write({ fields }), { isNew })

  test('what it would refuse is left out, the rest goes in its form', () => {
    const fields = { email: 'no address', country: ' il', dateOfBirth: '3 May', city: 'Lod', name: 'X', lastName: null }
    expect(fitted(fields)).toEqual({
      write: write({ fields: { country: 'IL', city: 'Lod', lastName: null } }),
      leftOut: ['email', 'dateOfBirth', 'name'],
      obstacle: null,
    })
  })

  test('a new one needs something that it is found by again', () => {
    expect(fitted({ email: 'no address', phone: '054' }, true).obstacle).toMatch(/^A contact needs/)
    expect(fitted({ phone: '+972 54-555-0000' }, true).obstacle).toBeNull()
  })
})

describe('creating', () => {
  test('writes all fields, then the tags', async () => {
    const fields = {
      firstName: 'Noga',
      companyName: 'Noga Ltd',
      email: 'noga@create.example',
      phone: '+972545550301',
      dateOfBirth: '1990-02-03',
      lastName: null,
      [key('Visits')]: 4,
      [key('Plan')]: 'Plus',
    }
    const made = await side.create(write({ fields, ...labels(['VIP', 'vip ']), consent: { email: true } }), around())
    expect(made).toMatchObject({ effect: 'created', note: undefined })
    expect(made.record).toMatchObject({ labels: ['vip'], consent: { email: true }, fields: { [key('Visits')]: 4 } })
    expect(writes()).toEqual(['POST /contacts/upsert', `POST /contacts/${made.id}/tags`])
    expect(stored(made.id)).toMatchObject({
      companyName: 'Noga Ltd',
      tags: ['vip'],
      dndSettings: { Email: { status: 'active' } },
    })
  })

  test('quietly: the marker and the tags are there from the start', async () => {
    const made = await side.create(
      write({ fields: { email: 'quiet@create.example' }, ...labels(['Lead']) }),
      around({ quiet: true }),
    )
    expect(writes()).toEqual(['POST /contacts/'])
    expect(stored(made.id).tags).toEqual([IMPORT_TAG, 'lead'])
    expect(made.record?.labels).toEqual(['lead'])
  })

  test.for([false, true])('someone who is there is claimed, then written; quiet: %s', async (quiet) => {
    const { id } = add({ email: `there${quiet}@create.example`, tags: ['old'] })
    const fields = { email: `There${quiet}@create.example`, city: 'Haifa' }
    const claimed: string[] = []
    const claim = async (one: string) => void claimed.push(one)
    const made = await side.create(write({ fields, ...labels(['new']) }), around({ quiet, claim }))
    expect(made).toMatchObject({ id, effect: 'updated', record: { fields: { city: 'Haifa' } } })
    expect(claimed).toEqual([id])
    expect(stored(id).tags).toEqual(quiet ? ['old', IMPORT_TAG, 'new'] : ['old', 'new'])
  })

  test('whoever may not be claimed is not touched', async () => {
    const { id, dateUpdated } = add({ email: 'taken@create.example' })
    const claim = () => Promise.reject(new Trouble('conflict', { detail: 'Taken.' }))
    const wanted = write({ fields: { email: 'taken@create.example', city: 'Lod' }, ...labels(['x']) })
    for (const quiet of [false, true]) {
      expect(await troubleOf(side.create(wanted, around({ claim, quiet })))).toMatchObject({ code: 'conflict' })
    }
    expect(writes()).toEqual([])
    expect(stored(id).dateUpdated).toBe(dateUpdated)
  })

  test('a further address of someone is an address of theirs, and does not take the place of the first', async () => {
    const { id } = add({ email: 'first@second.example' })
    platform.control.setSecondEmail(id, 'other@second.example')
    const fields = { email: 'Other@second.example', city: 'Holon' }
    const made = await side.create(write({ fields }), around())
    expect(made).toMatchObject({ id, effect: 'updated', note: expect.stringContaining('a further address') })
    expect(stored(id)).toMatchObject({ email: 'first@second.example', city: 'Holon' })
  })

  test('nobody without an address or a whole number', async () => {
    const wanted = write({ fields: { firstName: 'Nobody', phone: '054-555' } })
    expect(await troubleOf(side.create(wanted, around()))).toMatchObject({ code: 'rejected' })
    expect(writes()).toEqual([])
  })

  test('whoever was looked for just now is not looked for again, and nobody who is there after all is touched', async () => {
    const absent = around({ isAbsent: true })
    const made = await side.create(write({ fields: { email: 'absent@create.example' } }), absent)
    expect(platform.calls()).toEqual(['POST /contacts/'])
    expect(made.effect).toBe('created')
    const { id } = add({ email: 'came@create.example', phone: '+972545550302', tags: ['kept'] })
    const there = await side.create(write({ fields: { email: 'came@create.example', city: 'Yafo' } }), absent)
    expect(there).toMatchObject({ id, effect: 'updated' })
    expect(stored(id)).toMatchObject({ city: 'Yafo', tags: ['kept'] })
    const fields = { email: 'cousin@create.example', phone: '+972545550302' }
    const cousin = await side.create(write({ fields }), absent)
    expect(cousin).toMatchObject({ effect: 'created', note: expect.stringContaining('belongs to another contact') })
  })

  test.for(['lost answer', 'answer after effect'] as const)(
    '%s: whoever repeats it finds the same one',
    async (kind) => {
      for (const quiet of [false, true]) {
        const email = `${kind.length}${quiet}@lost.example`
        const before = everyone()
        const fault = kind === 'lost answer' ? { kind } : { kind, status: 500 }
        platform.control.failNext({ path: '/contacts/', method: 'POST', ...fault })
        platform.control.setSearchLag(60_000)
        const wanted = write({ fields: { email, city: 'Akko' }, ...labels(['once']) })
        const trouble = await troubleOf(side.create(wanted, around({ quiet })))
        expect(trouble).toMatchObject({ outcomeUnknown: true, heals: true })
        const again = await side.create(wanted, around({ quiet }))
        expect(everyone()).toBe(before + 1)
        expect(stored(again.id)).toMatchObject({ email, city: 'Akko', tags: quiet ? [IMPORT_TAG, 'once'] : ['once'] })
      }
    },
  )

  test('a refusal that still made the contact makes no second one', async () => {
    const body = { statusCode: 422, message: ['city must be a string'], error: 'Unprocessable Entity' }
    platform.control.failNext({
      path: '/contacts/',
      method: 'POST',
      kind: 'answer after effect',
      status: 422,
      body,
    })
    const before = everyone()
    const made = await side.create(
      write({ fields: { email: 'made@refused.example', city: 'Yafo' } }),
      around({ quiet: true }),
    )
    expect(everyone()).toBe(before + 1)
    expect(stored(made.id)).toMatchObject({ city: 'Yafo', tags: [IMPORT_TAG] })
  })

  test('a value that is refused does not keep the others from arriving, and is told', async () => {
    const fields = { email: 'country@refused.example', country: 'Israel', city: 'Arad' }
    const made = await side.create(write({ fields }), around())
    expect(made.note).toBe('Left out, because your account does not take it: Country (two letters).')
    expect(stored(made.id)).toMatchObject({ city: 'Arad' })
  })
})

describe('updating', () => {
  test('writes only what changes, clears what is to be empty, and takes only the tags named', async () => {
    const { id } = add({
      email: 'update@update.example',
      city: 'Haifa',
      postalCode: '12345',
      website: 'https://a.example',
      tags: ['a', 'b'],
      customFields: [
        { id: custom('Plan'), field_value: 'Plus' },
        { id: custom('Visits'), field_value: 3 },
      ],
    })
    const known = await read(id)
    const fields = { firstName: 'Up', city: null, postalCode: null, [key('Plan')]: null }
    const updated = await side.update(known, write({ fields, ...labels(['C'], ['a']) }), around())
    expect(updated).toMatchObject({ id, effect: 'updated', note: undefined })
    expect(updated.record).toMatchObject({
      labels: ['b', 'c'],
      fields: { firstName: 'Up', city: null, [key('Plan')]: null, [key('Visits')]: 3, website: 'https://a.example' },
    })
    expect((await read(id)).fields).toMatchObject(updated.record?.fields ?? {})
    expect(platform.control.requests({ method: 'PUT' }).at(-1)?.body).not.toHaveProperty('tags')
  })

  test('nothing to write is no call', async () => {
    const known = await read(add({ email: 'calm@update.example' }).id)
    platform.calls()
    expect(await side.update(known, write({}), around())).toEqual({ id: known.id, effect: 'unchanged' })
    expect(platform.calls()).toEqual([])
  })

  test.for(['merges', 'replaces'] as const)('consent only becomes stricter, where the platform %s', async (habit) => {
    platform.control.setDndHabit(habit)
    const WhatsApp = { status: 'active', message: 'asked' } as const
    const { id } = add({ email: `${habit}@update.example`, dndSettings: { WhatsApp, SMS: { status: 'permanent' } } })
    const known = await read(id)
    const updated = await side.update(known, write({ consent: { email: true, sms: true } }), around())
    expect(updated.record?.consent).toEqual({ all: false, email: true, sms: true })
    expect(stored(id).dndSettings).toMatchObject({
      WhatsApp,
      SMS: { status: 'permanent' },
      Email: { status: 'active' },
    })
    await side.update(known, write({ consent: { all: false, email: false } }), around())
    expect(stored(id).dndSettings.Email).toEqual({ status: 'active' })
    await side.update(known, write({ consent: { all: true } }), around())
    expect(stored(id)).toMatchObject({ dnd: true, dndSettings: { WhatsApp } })
  })

  test('a restriction that did not stay is no success', async () => {
    const known = await read(add({ email: 'ignored@update.example' }).id)
    platform.control.dropFields(['dndSettings'])
    const trouble = await troubleOf(side.update(known, write({ consent: { sms: true } }), around()))
    expect(trouble.message).toContain('did not keep the do-not-disturb setting')
  })

  test('quietly: the marker is there before the change', async () => {
    const known = await read(add({ email: 'marker@update.example' }).id)
    platform.calls()
    await side.update(known, write({ fields: { city: 'Eilat' } }), around({ quiet: true }))
    expect(writes()).toEqual([`POST /contacts/${known.id}/tags`, `PUT /contacts/${known.id}`])
  })

  test('what is dropped without a word is found out and told', async () => {
    const known = await read(add({ email: 'silent@update.example' }).id)
    platform.control.dropFields(['city', 'customFields'])
    const fields = { city: 'Tiberias', state: 'North', [key('Visits')]: 9 }
    const updated = await side.update(known, write({ fields }), around())
    expect(updated.note).toBe('Sent, but not kept by your account: City, Visits.')
    expect(updated.record?.fields).toMatchObject({ city: null, state: 'North' })
  })

  test('the company goes its own way, and only where that leads to this contact alone', async () => {
    const { control } = platform
    const known = await read(add({ email: 'company@update.example', tags: ['kept'] }).id)
    const company = write({ fields: { companyName: 'New', city: 'Dan' } })
    expect(await side.update(known, company, around())).toMatchObject({ note: undefined, effect: 'updated' })
    expect(stored(known.id)).toMatchObject({ city: 'Dan', companyName: 'New', tags: ['kept'] })
    await side.update(known, write({ fields: { companyName: null } }), around())
    expect(stored(known.id).companyName).toBeUndefined()
    control.setAllowDuplicates(platform.locationId, true)
    const twin = await read(add({ email: 'company@update.example' }).id)
    const updated = await side.update(twin, company, around())
    expect(updated.note).toContain('The company was left out')
    expect([stored(known.id).companyName, stored(twin.id).companyName]).toEqual([undefined, undefined])
    expect(stored(twin.id)).toMatchObject({ city: 'Dan' })
  })

  test('a number that is another one’s is left out, an address is a conflict', async () => {
    add({ email: 'owner@update.example', phone: '+972545550401' })
    const known = await read(add({ email: 'other@update.example' }).id)
    const updated = await side.update(known, write({ fields: { phone: '+972545550401', city: 'Gaash' } }), around())
    expect(updated.note).toBe('The phone number was left out: in your account it belongs to another contact.')
    expect(stored(known.id)).toMatchObject({ city: 'Gaash' })
    const clash = write({ fields: { email: 'owner@update.example' } })
    expect(await troubleOf(side.update(known, clash, around()))).toMatchObject({ code: 'conflict' })
  })

  test('one that is gone is not found, whatever was to be written', async () => {
    const known = await read(add({ email: 'gone@update.example' }).id)
    platform.control.deleteContact(known.id)
    for (const wanted of [{ fields: { city: 'x' } }, { consent: { all: true } }, labels(['x'])]) {
      expect(await troubleOf(side.update(known, write(wanted), around()))).toMatchObject({ code: 'not_found' })
    }
  })
})

test('removing it, and removing it again', async () => {
  const { id } = add({ email: 'bye@remove.example' })
  await side.remove?.(id)
  expect(platform.control.contact(id)).toBeNull()
  await side.remove?.(id)
})
