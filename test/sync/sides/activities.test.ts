import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../../src/lib/field.ts'
import { Trouble } from '../../../src/lib/trouble.ts'
import { highLevelAppointmentSide } from '../../../src/sync/sides/highlevel-appointment.ts'
import { highLevelNoteSide } from '../../../src/sync/sides/highlevel-note.ts'
import { highLevelOpportunitySide } from '../../../src/sync/sides/highlevel-opportunity.ts'
import { highLevelTaskSide } from '../../../src/sync/sides/highlevel-task.ts'
import type { Side, SyncRecord, WriteAround } from '../../../src/sync/sides/side.ts'
import { type PlatformApi, startPlatformApi } from '../../support/platform-api.ts'

let account: PlatformApi
let contactId: string

beforeAll(async () => {
  // In Chicago, behind UTC: a time that is taken for UTC's is found out.
  account = await startPlatformApi({ index: 4 })
})
afterAll(() => account?.stop())
beforeEach(() => {
  contactId = account.control.createContact(account.locationId, { name: 'Noa Levi' }).id
})
afterEach(() => account.checkSpoken())

const write = (fields: FieldValues) => ({ fields, labels: { add: [], remove: [] }, consent: {} })
const around = (more: Partial<WriteAround> = {}): WriteAround => ({
  quiet: false,
  contactId,
  claim: async () => {},
  ...more,
})

/** As after an attempt with this whose answer was lost just now. */
const tried = (sent: FieldValues): Pick<WriteAround, 'unanswered'> => ({
  unanswered: [{ sent, at: Date.now(), id: null }],
})

const DUE = '2026-12-01T11:00:00.000Z'
const [calendar] = [() => account.control.calendars(account.locationId)[0]?.id ?? '']
const pipeline = (index = 0) => {
  const found = account.control.pipelines(account.locationId)[index]
  if (!found) throw new Error('There is no such pipeline.')
  return found
}

type Kind = {
  side: () => Side
  fields: () => FieldValues
  /** What is read of it beside what was written. */
  alsoRead: () => FieldValues
  /** What tells one from another after a lost answer, beside the contact. */
  tells: string[]
  change: FieldValues
  count: () => number
  path: string
}

const KINDS: Record<string, Kind> = {
  task: {
    side: () => highLevelTaskSide(account),
    fields: () => ({ title: 'Call back', body: 'About the offer', dueDate: '2026-12-01T13:00:00+02:00' }),
    alsoRead: () => ({ dueDate: DUE, completed: false, assignedTo: null }),
    tells: ['title', 'dueDate'],
    change: { title: 'Call again', completed: true },
    count: () => account.control.tasks(contactId).length,
    path: '/tasks',
  },
  note: {
    side: () => highLevelNoteSide(account),
    fields: () => ({ body: 'Prefers mornings', title: 'Times' }),
    alsoRead: () => ({ userId: null }),
    tells: ['body'],
    change: { body: 'Prefers evenings' },
    count: () => account.control.notes(contactId).length,
    path: '/notes',
  },
  appointment: {
    side: () => highLevelAppointmentSide(account),
    fields: () => ({
      calendarId: calendar(),
      startTime: '2026-12-01T03:15:00-06:00',
      endTime: '2026-12-01T04:15:00-06:00',
      title: 'First lesson',
      status: 'confirmed',
    }),
    alsoRead: () => ({ startTime: '2026-12-01T09:15:00.000Z', endTime: '2026-12-01T10:15:00.000Z' }),
    tells: ['startTime'],
    change: { title: 'Second lesson', status: 'showed' },
    count: () => account.control.appointments(contactId).length,
    path: '/calendars/events/appointments',
  },
  opportunity: {
    side: () => highLevelOpportunitySide(account),
    fields: () => ({ name: 'Membership', pipelineId: pipeline().id, monetaryValue: 120.5 }),
    alsoRead: () => ({ pipelineStageId: pipeline().stages[0]?.id ?? '', status: 'open', assignedTo: null }),
    tells: ['name', 'pipelineId'],
    change: { monetaryValue: 99, status: 'won' },
    count: () => account.control.opportunities(contactId).length,
    path: '/opportunities',
  },
}

const read = (side: Side, id: string): Promise<SyncRecord | undefined> => side.read(id, { withLabels: false })

async function created(kind: Kind): Promise<SyncRecord> {
  const { record } = await kind.side().create(write(kind.fields()), around())
  if (!record) throw new Error('Nothing was told of what was made.')
  return record
}

describe.each(Object.entries(KINDS))('a %s', (_name, kind) => {
  test('is made, read, changed and taken away', async () => {
    const side = kind.side()
    const made = await side.create(write(kind.fields()), around())
    expect(made.effect).toBe('created')
    const known = await read(side, made.id)
    expect(known).toMatchObject({ id: made.id, isDeleted: false })
    expect(known?.fields).toMatchObject({ ...kind.fields(), ...kind.alsoRead(), contactId })

    const changed = await side.update(known as SyncRecord, write(kind.change), around())
    expect(changed).toMatchObject({ id: made.id, effect: 'updated' })
    expect((await read(side, made.id))?.fields).toMatchObject({ ...kind.fields(), ...kind.alsoRead(), ...kind.change })

    await side.remove?.(made.id)
    expect(kind.count()).toBe(0)
    await side.remove?.(made.id)
    expect(await read(side, made.id)).toBeUndefined()
    await expect(
      side.update(known as SyncRecord, write({ ...kind.fields(), ...kind.change }), around()),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  test('whose creation lost its answer is found and not made twice', async () => {
    account.control.failNext({ path: kind.path, method: 'POST', kind: 'lost answer' })
    const side = kind.side()
    await expect(side.create(write(kind.fields()), around())).rejects.toMatchObject({ outcomeUnknown: true })
    expect(kind.count()).toBe(1)
    const claimed: string[] = []
    const claim = async (id: string): Promise<void> => void claimed.push(id)
    const again = await side.create(write(kind.fields()), around({ claim, ...tried(kind.fields()) }))
    expect(again.effect).toBe('unchanged')
    expect(claimed).toEqual([again.id])
    expect(kind.count()).toBe(1)
    expect((await read(side, again.id))?.fields).toMatchObject(kind.alsoRead())
  })

  test('that is the counterpart of another record is left to it', async () => {
    const side = kind.side()
    const first = await created(kind)
    const claim = async (id: string): Promise<void> => {
      if (id === first.id) throw new Trouble('conflict', { detail: 'It is linked.' })
    }
    const lost = tried(kind.fields())
    expect(await side.create(write(kind.fields()), around({ claim, ...lost }))).toMatchObject({ effect: 'created' })
    expect(kind.count()).toBe(2)
    const broken = async (): Promise<void> => {
      throw new Trouble('unreachable', { detail: 'It cannot be asked.' })
    }
    const asked = side.create(write(kind.fields()), around({ claim: broken, ...lost }))
    await expect(asked).rejects.toThrow('It cannot be asked.')
    expect(kind.count()).toBe(2)
  })

  test('like another one is another one, unless it may have been made before with all the same', async () => {
    const side = kind.side()
    await created(kind)
    expect(side.identityFields).toEqual([])
    expect(await side.match({ ...kind.fields(), contactId })).toEqual([])
    expect(await side.create(write(kind.fields()), around())).toMatchObject({ effect: 'created' })
    const others = { title: 'Other', body: 'Other', name: 'Other', pipelineId: pipeline(1).id }
    const later = { dueDate: '2026-12-02T11:00:00.000Z', startTime: '2026-12-01T09:45:00.000Z' }
    for (const [key, value] of Object.entries({ ...others, ...later })) {
      if (!kind.tells.includes(key)) continue
      const sent = { ...kind.fields(), [key]: value }
      expect(await side.create(write(kind.fields()), around(tried(sent))), key).toMatchObject({ effect: 'created' })
    }
    const someoneElse = account.control.createContact(account.locationId, { name: 'Someone Else' }).id
    const there = around({ ...tried(kind.fields()), contactId: someoneElse })
    expect(await side.create(write(kind.fields()), there)).toMatchObject({ effect: 'created' })
    const found = await side.create(write(kind.fields()), around(tried(kind.fields())))
    expect(found.effect).toBe('unchanged')
  })

  test('that is as it should be is not written', async () => {
    const known = await created(kind)
    account.control.clearRequests()
    expect(await kind.side().update(known, write({ ...kind.fields() }), around())).toMatchObject({
      effect: 'unchanged',
    })
    expect(account.control.requests()).toEqual([])
  })

  test('is not made without its contact, or without what it needs', async () => {
    const side = kind.side()
    await expect(side.create(write(kind.fields()), around({ contactId: null }))).rejects.toThrow('belongs to a contact')
    const required = (await side.listFields()).filter((field) => field.required)
    for (const { key, label } of required) {
      const { [key]: left, ...rest } = kind.fields()
      await expect(side.create(write(rest), around())).rejects.toThrow(label)
    }
    const known = await created(kind)
    const emptied = Object.fromEntries(required.map(({ key }) => [key, null]))
    const { effect, note } = await side.update(known, write(emptied), around())
    expect([effect, note]).toEqual(['unchanged', expect.stringContaining('cannot be emptied in your account')])
  })

  test('of a contact that there is not is refused', async () => {
    await expect(kind.side().create(write(kind.fields()), around({ contactId: 'nobody' }))).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

test('an id without its contact is refused rather than taken for one that is gone', async () => {
  for (const kind of [KINDS.task, KINDS.note]) {
    await expect(read((kind as Kind).side(), 'justAnId')).rejects.toMatchObject({ code: 'rejected' })
  }
})

test('values of another type are left out, with a sentence, and nothing is made without what is needed', async () => {
  const [task, opportunity] = [highLevelTaskSide(account), highLevelOpportunitySide(account)]
  const odd: [Side, FieldValues, string, string][] = [
    [task, { title: 'x', dueDate: '2026-12-01' }, 'dueDate', 'a moment with its zone'],
    [task, { title: 'x', dueDate: '2026-12-01T11:00:00' }, 'dueDate', 'a moment with its zone'],
    [task, { title: 'x', dueDate: '2026-99-01T11:00:00Z' }, 'dueDate', 'a moment with its zone'],
    [task, { title: ['x'], dueDate: DUE }, 'title', 'a text'],
    [opportunity, { name: null, pipelineId: 'p' }, 'name', 'cannot be emptied'],
  ]
  account.control.clearRequests()
  for (const [side, fields, key, reason] of odd) {
    const fitted = side.fit(write(fields), { isNew: true })
    expect(fitted).toMatchObject({ leftOut: [key], obstacle: expect.stringContaining('Your account takes no') })
    expect(fitted.write.fields).not.toHaveProperty(key)
    await expect(side.create(write(fields), around())).rejects.toThrow(reason)
  }
  expect(account.control.requests()).toEqual([])
  const lesser: [Side, FieldValues, string[]][] = [
    [task, { title: 'x', dueDate: DUE, completed: 'perhaps' }, ['completed']],
    [task, { title: 'x', dueDate: DUE, contactId: 'c', unheardOf: 1 }, ['contactId', 'unheardOf']],
    [opportunity, { name: 'x', pipelineId: 'p', monetaryValue: 'much', status: 'all' }, ['monetaryValue', 'status']],
    [opportunity, { name: 'x', pipelineId: 'p', 'customFields.f1': null }, []],
  ]
  for (const [side, fields, leftOut] of lesser) {
    expect(side.fit(write(fields), { isNew: true })).toMatchObject({ leftOut, obstacle: null })
  }
  expect(task.fit(write({ body: 'x' }), { isNew: false })).toMatchObject({ leftOut: [], obstacle: null })
  const made = await task.create(write({ title: 'x', dueDate: DUE, completed: 'perhaps' }), around())
  expect(made).toMatchObject({ effect: 'created', note: 'Completed has to be yes or no.' })
})

test('a note that was formatted in the app keeps its form, and is read as text', async () => {
  const side = highLevelNoteSide(account)
  const { id } = await side.create(write({ body: 'one\n\ntwo & three' }), around())
  const html = '<p>one</p><p><br></p><p>two &amp; <b>three</b></p>'
  account.control.updateNote(id.split('/')[1] ?? '', { body: html })
  const known = await read(side, id)
  expect(known?.fields.body).toBe('one\n\ntwo & three')
  expect(await side.update(known as SyncRecord, write({ body: 'one\ntwo & three' }), around())).toMatchObject({
    effect: 'unchanged',
  })
  const [text, lost] = [write({ body: 'one\ntwo & three' }), tried({ body: 'one two & three' })]
  expect(await side.create(text, around(lost))).toMatchObject({ id, effect: 'unchanged' })
  expect(account.control.notes(contactId)).toMatchObject([{ body: html }])
})

test('a description can be emptied where the platform takes that, a due date stays', async () => {
  const side = highLevelTaskSide(account)
  const { id } = await side.create(write({ title: 'Write', dueDate: DUE, body: 'x' }), around())
  const known = (await read(side, id)) as SyncRecord
  const { note } = await side.update(known, write({ body: null, dueDate: null }), around())
  expect(note).toBe('Due date cannot be emptied in your account.')
  expect((await read(side, id))?.fields).toMatchObject({ body: null, dueDate: DUE })
})

test('an appointment is found at the hour that the clocks repeat, and not an hour off', async () => {
  const side = highLevelAppointmentSide(account)
  // 1 November 2026, Chicago: half past one comes twice, at 06:30 and at 07:30 UTC.
  const [first, second] = ['2026-11-01T06:30:00.000Z', '2026-11-01T07:30:00.000Z']
  const fields = { calendarId: calendar(), startTime: second }
  const { id } = await side.create(write(fields), around())
  expect(await side.create(write(fields), around(tried(fields)))).toMatchObject({ id, effect: 'unchanged' })
  const earlier = await side.create(write(fields), around(tried({ ...fields, startTime: first })))
  expect(earlier).toMatchObject({ effect: 'created' })
  // The hour that there is not (8 March 2026): the moment is told as it is.
  const gap = { calendarId: calendar(), startTime: '2026-03-08T08:00:00.000Z' }
  const inGap = await side.create(write(gap), around())
  expect(await side.create(write(gap), around(tried(gap)))).toMatchObject({ id: inGap.id })
})

test('an appointment that was cancelled is none that takes place', async () => {
  const side = highLevelAppointmentSide(account)
  const fields = { calendarId: calendar(), startTime: DUE, status: 'confirmed' }
  const first = await side.create(write(fields), around())
  await side.archive?.(first.id)
  expect(account.control.appointments(contactId)).toMatchObject([{ appointmentStatus: 'cancelled' }])
  const second = await side.create(write(fields), around(tried(fields)))
  expect(second).toMatchObject({ effect: 'created' })
  const cancelled = { ...fields, status: 'cancelled' }
  expect(await side.create(write(cancelled), around(tried(cancelled)))).toMatchObject({ id: first.id })
  expect(account.control.requests({ method: 'POST' }).map(({ body }) => body)).toMatchObject([
    { toNotify: false },
    { toNotify: false },
  ])
})

test('an opportunity that is over is none that is open', async () => {
  const side = highLevelOpportunitySide(account)
  const fields = { name: 'Noa Levi', pipelineId: pipeline().id, status: 'open' }
  const first = await side.create(write(fields), around())
  await side.archive?.(first.id)
  expect(account.control.opportunities(contactId)).toMatchObject([{ status: 'abandoned' }])
  expect(await side.create(write(fields), around(tried(fields)))).toMatchObject({ effect: 'created' })
  const elsewhere = { ...fields, pipelineId: pipeline(1).id }
  expect(await side.create(write(elsewhere), around(tried(elsewhere)))).toMatchObject({ effect: 'created' })
  expect(account.control.opportunities(contactId)).toHaveLength(3)
})

test('fields of the account’s own are listed, written and read under their own names', async () => {
  const { api, locationId } = account
  const fieldsPath = `/locations/${locationId}/customFields`
  const version = '2021-07-28'
  const add = (body: object) => api({ method: 'POST', path: fieldsPath, version, body })
  const contract = (await add({ name: 'Contract', dataType: 'TEXT', model: 'opportunity' })) as Custom
  const days = (await add({ name: 'Days', dataType: 'NUMERICAL', model: 'opportunity' })) as Custom
  const file = (await add({ name: 'Scan', dataType: 'FILE_UPLOAD', model: 'opportunity' })) as Custom
  const side = highLevelOpportunitySide(account)
  const listed = await side.listFields()
  const key = ({ customField }: Custom) => `customFields.${customField.id}`
  expect(listed.filter((field) => field.key.startsWith('customFields.'))).toEqual([
    { key: key(contract), label: 'Contract', type: 'text' },
    { key: key(days), label: 'Days', type: 'number' },
    { key: key(file), label: 'Scan', type: 'text', readOnly: true },
  ])
  expect(listed.find((field) => field.key === 'pipelineStageId')?.optionNames).toMatchObject({
    [pipeline().stages[1]?.id ?? '']: 'Sales: Contacted',
  })
  const fields = { name: 'x', pipelineId: pipeline().id, [key(contract)]: 'A-1', [key(days)]: 30 }
  const { id } = await side.create(write(fields), around())
  const known = (await read(side, id)) as SyncRecord
  expect(known.fields).toMatchObject({ [key(contract)]: 'A-1', [key(days)]: '30' })
  expect(await side.update(known, write(fields), around())).toMatchObject({ effect: 'unchanged' })
  await side.update(known, write({ [key(contract)]: null }), around())
  expect((await read(side, id))?.fields).not.toHaveProperty(key(contract))
})

type Custom = { customField: { id: string } }

test('what is known to have been made is found by its id, whatever it says by now', async () => {
  const side = highLevelTaskSide(account)
  const fields = { title: 'Call', dueDate: DUE }
  const { id } = await side.create(write(fields), around())
  account.control.updateTask(id.split('/')[1] ?? '', { title: 'Changed here' })
  const made = { unanswered: [{ sent: fields, at: Date.now(), id }] }
  expect(await side.create(write(fields), around(made))).toMatchObject({ id, effect: 'updated' })
  account.control.deleteTask(id.split('/')[1] ?? '')
  expect(await side.create(write(fields), around(made))).toMatchObject({ effect: 'created' })
})

test('a note from long before cannot be what a lost answer was about', async () => {
  const side = highLevelNoteSide(account)
  await side.create(write({ body: 'Called' }), around())
  const tomorrow = { unanswered: [{ sent: { body: 'Called' }, at: Date.now() + 86_400_000, id: null }] }
  expect(await side.create(write({ body: 'Called' }), around(tomorrow))).toMatchObject({ effect: 'created' })
  expect(account.control.notes(contactId)).toHaveLength(2)
})
