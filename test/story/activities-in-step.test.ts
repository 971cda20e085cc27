import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { createPartnerNews } from '../../src/sync/take-partner-news.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Bureau, startBureau } from '../support/bureau.ts'
import { type BureauAccount, openBureauAccount } from '../support/bureau-account.ts'
import { bureauConnector } from '../support/bureau-connector.ts'
import { type Line, startLine } from '../support/line.ts'

/** Tasks, notes and appointments on both sides, each at the counterpart of its own contact. */

let line: Line
let bureau: Bureau
let account: BureauAccount
let wroteBefore = 0

beforeAll(async () => {
  bureau = await startBureau()
  line = await startLine({ connectors: [bureauConnector(bureau.url)] })
  line.highLevel.control.setRateLimit({ burst: 1_000_000, daily: 1_000_000 })
  account = await openBureauAccount(line, bureau, 0)
}, 60_000)
afterAll(async () => {
  await line?.close()
  await bureau?.close()
})
beforeEach(() => {
  line.highLevel.control.clearRequests()
  wroteBefore = bureau.writes(account.key).length
})
afterEach(async () => {
  await account.stop()
  await account.settled()
})

const control = () => line.highLevel.control
const [DUE, END] = ['2026-12-01T11:00:00.000Z', '2026-12-01T12:00:00.000Z']
const [LATER, LATEST] = ['2026-12-02T11:00:00.000Z', '2026-12-02T12:00:00.000Z']

/** What we wrote about such records at the platform, and at the bureau. */
const wroteHere = (path: string): string[] =>
  control()
    .requests()
    .filter((one) => one.method !== 'GET' && one.path.includes(path) && !one.path.includes('search'))
    .map(({ method }) => method)
const wroteThere = (path: string): string[] =>
  bureau
    .writes(account.key)
    .slice(wroteBefore)
    .filter((one) => one.includes(path))
    .map((one) => one.split(' ')[0] ?? '')

/** Told with whatever offset. */
const at = (moment: string) => expect.toSatisfy((told) => Date.parse(told) === Date.parse(moment))

const bothWays = async (...things: ('contact' | 'task' | 'note')[]): Promise<void> => {
  for (const thing of things) for (const way of ['out', 'back'] as const) await account.keep(way, thing)
}

let people = 0

/** A contact on both sides, while flows keep contacts in step. */
async function person(): Promise<{ here: string; there: string }> {
  people += 1
  const email = `person${people}@example.com`
  const here = control().createContact(account.locationId, { email, firstName: 'Noa' }).id
  await account.settled()
  const there = account.there('contacts').find((contact) => contact.email === email)
  return { here, there: there?.id ?? expect.unreachable('The contact did not arrive.') }
}

describe('a task', () => {
  test('goes out to the counterpart of its contact and is completed there; what we wrote comes back to nothing', async () => {
    await bothWays('contact', 'task')
    const [noa, other] = [await person(), await person()]
    const { id } = control().createTask(noa.here, { title: 'Call back', dueDate: DUE })
    await account.settled()
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Call back', due: at(DUE), done: false }])
    control().completeTask(id)
    await account.settled()
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Call back', done: true }])
    expect([control().tasks(noa.here), control().tasks(other.here)]).toMatchObject([[{ id }], []])
    expect(wroteThere('/tasks')).toEqual(['POST', 'PUT'])
    expect(wroteHere('/tasks')).toEqual([])
  })

  test('comes in to the counterpart of its contact, and so do its changes; our writes come back to nothing', async () => {
    await bothWays('contact', 'task')
    const noa = await person()
    const task = { contact: noa.there, text: 'Send offer', due: DUE, done: false }
    const { id } = bureau.make(account.key, 'tasks', task)
    await account.settled()
    expect(control().tasks(noa.here)).toMatchObject([{ title: 'Send offer', dueDate: DUE, completed: false }])
    bureau.change(account.key, 'tasks', id, { text: 'Send the offer', done: true })
    await account.settled()
    expect(control().tasks(noa.here)).toMatchObject([{ title: 'Send the offer', completed: true }])
    expect(wroteHere('/tasks')).toEqual(['POST', 'PUT'])
    expect(wroteThere('/tasks')).toEqual([])
  })

  test('like another one of the same contact is another one', async () => {
    await bothWays('contact', 'task')
    const noa = await person()
    bureau.setSilent(true)
    bureau.make(account.key, 'tasks', { contact: noa.there, text: 'Call', due: DUE, done: false })
    bureau.setSilent(false)
    for (let count = 0; count < 2; count++) control().createTask(noa.here, { title: 'Call', dueDate: DUE })
    await account.settled()
    expect(account.there('tasks', noa.there)).toHaveLength(3)
    expect(control().tasks(noa.here)).toHaveLength(2)
  })
})

describe('a note', () => {
  test('goes out and comes in, and so do its changes', async () => {
    await bothWays('contact', 'note')
    const noa = await person()
    const here = control().createNote(noa.here, { body: '<p>Prefers mornings</p>' })
    bureau.make(account.key, 'notes', { contact: noa.there, text: 'Has moved' })
    await account.settled()
    const texts = (): unknown[] => account.there('notes', noa.there).map(({ text }) => text)
    const bodies = (): unknown[] =>
      control()
        .notes(noa.here)
        .map(({ body }) => body)
    expect([texts().sort(), bodies().sort()]).toEqual([
      ['Has moved', 'Prefers mornings'],
      ['<p>Prefers mornings</p>', 'Has moved'],
    ])
    control().updateNote(here.id, { body: '<p>Prefers evenings</p>' })
    const moved = account.there('notes', noa.there).find(({ text }) => text === 'Has moved')
    bureau.change(account.key, 'notes', String(moved?.id), { text: 'Has moved again' })
    await account.settled()
    expect([texts().sort(), bodies().sort()]).toEqual([
      ['Has moved again', 'Prefers evenings'],
      ['<p>Prefers evenings</p>', 'Has moved again'],
    ])
    expect([wroteHere('/notes'), wroteThere('/notes')]).toEqual([
      ['POST', 'PUT'],
      ['POST', 'PUT'],
    ])
  })
})

test('what is told as new before it was answered, and in other words, is no record of its own', async () => {
  await bothWays('contact', 'note')
  const noa = await person()
  bureau.setShouting(true)
  bureau.failNext({ method: 'POST', path: '/notes', afterEffect: true, delayMs: 700 })
  const { id } = control().createNote(noa.here, { body: 'Prefers mornings' })
  await account.settled().finally(() => bureau.setShouting(false))
  expect(account.there('notes', noa.there)).toMatchObject([{ text: 'PREFERS MORNINGS' }])
  expect(control().notes(noa.here)).toMatchObject([{ id, body: 'Prefers mornings' }])
})

describe('an appointment', () => {
  const calendarId = (): string => String(control().calendars(account.locationId)[0]?.id)
  const appointmentsBothWays = async (): Promise<void> => {
    await bothWays('contact')
    await account.keep('out', 'appointment', { onDelete: { kind: 'archive' } })
    const constants = { calendarId: calendarId() }
    await account.keep('back', 'appointment', { onDelete: { kind: 'archive' }, constants })
  }

  test('goes out, is moved and cancelled there', async () => {
    await appointmentsBothWays()
    const noa = await person()
    const { id } = control().createAppointment(noa.here, { title: 'First talk', startTime: DUE, endTime: END })
    await account.settled()
    const there = () => account.there('appointments', noa.there)
    expect(there()).toMatchObject([{ subject: 'First talk', begins: at(DUE), state: 'confirmed' }])
    control().updateAppointment(id, { startTime: LATER, endTime: LATEST, appointmentStatus: 'cancelled' })
    await account.settled()
    expect(there()).toMatchObject([{ begins: at(LATER), state: 'cancelled' }])
    expect([wroteThere('/appointments'), wroteHere('/calendars')]).toEqual([['POST', 'PUT'], []])
  })

  test('comes in, is moved and cancelled here', async () => {
    await appointmentsBothWays()
    const noa = await person()
    const appointment = { contact: noa.there, subject: 'Lunch', begins: DUE, ends: END, state: 'confirmed' }
    const { id } = bureau.make(account.key, 'appointments', appointment)
    await account.settled()
    const here = () => control().appointments(noa.here)
    expect(here()).toMatchObject([{ title: 'Lunch', startTime: at(DUE), appointmentStatus: 'confirmed' }])
    bureau.change(account.key, 'appointments', id, { begins: LATER, ends: LATEST, state: 'cancelled' })
    await account.settled()
    expect(here()).toMatchObject([{ startTime: at(LATER), appointmentStatus: 'cancelled' }])
    expect([wroteHere('/calendars'), wroteThere('/appointments')]).toEqual([['POST', 'PUT'], []])
  })

  test('that was deleted on one side is cancelled on the other, and not made again', async () => {
    await appointmentsBothWays()
    const noa = await person()
    const gone = control().createAppointment(noa.here, { title: 'Gone here', startTime: DUE })
    bureau.make(account.key, 'appointments', { contact: noa.there, subject: 'Gone there', begins: LATER })
    await account.settled()
    control().deleteAppointment(gone.id)
    const there = account.there('appointments', noa.there).find(({ subject }) => subject === 'Gone there')
    bureau.take(account.key, 'appointments', String(there?.id))
    await account.settled()
    expect(account.there('appointments', noa.there)).toMatchObject([{ subject: 'Gone here', state: 'cancelled' }])
    expect(control().appointments(noa.here)).toMatchObject([{ title: 'Gone there', appointmentStatus: 'cancelled' }])
  })
})

describe('an opportunity', () => {
  test('goes out and comes in with its changes, and is given up where its counterpart was deleted', async () => {
    await bothWays('contact')
    const pipelineId = String(control().pipelines(account.locationId)[0]?.id)
    const onDelete = { kind: 'archive' } as const
    await account.keep('out', 'opportunity', { onDelete })
    await account.keep('back', 'opportunity', { onDelete, constants: { pipelineId } })
    const noa = await person()
    const here = control().createOpportunity(noa.here, { name: 'Course', monetaryValue: 90 })
    bureau.make(account.key, 'opportunities', { contact: noa.there, name: 'Flat', worth: 500, state: 'open' })
    await account.settled()
    const there = (name: string) => account.there('opportunities', noa.there).find((one) => one.name === name)
    expect(there('Course')).toMatchObject({ worth: 90, state: 'open' })
    control().updateOpportunity(here.id, { status: 'won' })
    bureau.change(account.key, 'opportunities', String(there('Flat')?.id), { worth: 450 })
    await account.settled()
    expect(there('Course')).toMatchObject({ state: 'won' })
    const flat = () =>
      control()
        .opportunities(noa.here)
        .find(({ name }) => name === 'Flat')
    expect(flat()).toMatchObject({ monetaryValue: 450, status: 'open' })
    control().deleteOpportunity(here.id)
    bureau.take(account.key, 'opportunities', String(there('Flat')?.id))
    await account.settled()
    expect(account.there('opportunities', noa.there)).toMatchObject([{ name: 'Course', state: 'abandoned' }])
    expect(control().opportunities(noa.here)).toMatchObject([{ name: 'Flat', status: 'abandoned' }])
  })
})

describe('whose it is', () => {
  const NOT_THERE =
    'The contact of this task has no counterpart in Bureau yet, so the task was left alone. Once the contact is there, the task follows with its next change.'

  test('a contact without a counterpart: left alone with a sentence, and taken along by the next change', async () => {
    await account.keep('out', 'task')
    const contactId = control().createContact(account.locationId, { email: 'late@example.com', firstName: 'Noa' }).id
    const { id } = control().createTask(contactId, { title: 'Too early', dueDate: DUE })
    await account.settled()
    expect(await account.outcomes('out', 'task')).toEqual([['skipped', NOT_THERE]])
    await account.keep('out', 'contact')
    control().updateContact(contactId, { firstName: 'Noa Levi' })
    await account.settled()
    control().completeTask(id)
    await account.settled()
    const there = account.there('contacts').find(({ email }) => email === 'late@example.com')
    expect(account.there('tasks', String(there?.id))).toMatchObject([{ text: 'Too early', done: true }])
  })

  test('a contact whose creation takes longer is waited for', async () => {
    await bothWays('contact', 'task')
    bureau.failNext({ method: 'POST', path: '/contacts', status: 500 })
    const contactId = control().createContact(account.locationId, { email: 'soon@example.com', firstName: 'Noa' }).id
    control().createTask(contactId, { title: 'At once', dueDate: DUE })
    await account.settled()
    const there = account.there('contacts').find(({ email }) => email === 'soon@example.com')
    expect(account.there('tasks', String(there?.id))).toMatchObject([{ text: 'At once' }])
  })

  test('a note whose contact has none there is not waited for, since its contact comes behind it', async () => {
    await account.keep('out', 'note')
    const contactId = control().createContact(account.locationId, { email: 'never@example.com' }).id
    await account.settled()
    await account.keep('out', 'contact')
    control().createNote(contactId, { body: 'Hello' })
    await account.settled()
    expect(await account.outcomes('out', 'note')).toEqual([['skipped', NOT_THERE.replaceAll('task', 'note')]])
  })

  test('a task that is given to another contact there is left alone on both sides, with a sentence', async () => {
    await bothWays('contact', 'task')
    const [noa, other] = [await person(), await person()]
    const here = control().createTask(noa.here, { title: 'Call', dueDate: DUE })
    await account.settled()
    const [task] = account.there('tasks', noa.there)
    bureau.change(account.key, 'tasks', String(task?.id), { contact: other.there })
    await account.settled()
    const sentence = (one: string, two: string): string =>
      `This task belongs to another contact in ${one} than in ${two}, and cannot be moved there. It is left alone until both belong to the same one again, or one of them is deleted.`
    expect(await account.outcomes('back', 'task')).toContainEqual(['skipped', sentence('Bureau', 'your account')])
    bureau.change(account.key, 'tasks', String(task?.id), { text: 'Call him' })
    control().completeTask(here.id)
    await account.settled()
    expect(await account.outcomes('out', 'task')).toContainEqual(['skipped', sentence('your account', 'Bureau')])
    expect(control().tasks(noa.here)).toMatchObject([{ title: 'Call', completed: true }])
    expect(account.there('tasks', other.there)).toMatchObject([{ text: 'Call him', done: false }])
    expect(control().tasks(other.here)).toEqual([])
    bureau.change(account.key, 'tasks', String(task?.id), { contact: noa.there })
    await account.settled()
    expect(control().tasks(noa.here)).toMatchObject([{ title: 'Call him', completed: true }])
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Call him', done: true }])
  })

  test('a task that is given to another contact here is given to that one there', async () => {
    await bothWays('contact', 'task')
    const [noa, other] = [await person(), await person()]
    const { id } = control().createTask(noa.here, { title: 'Call', dueDate: DUE })
    await account.settled()
    control().moveTask(id, other.here)
    control().completeTask(id)
    await account.settled()
    expect(account.there('tasks', noa.there)).toEqual([])
    expect(account.there('tasks', other.there)).toMatchObject([{ text: 'Call', done: true }])
    expect(wroteThere('/tasks')).toEqual(['POST', 'PUT'])
  })
})

test('what a flow does at a change there, it does for the contact of the changed record', async () => {
  await account.keep('out', 'contact')
  await account.act('bureau.task_changed', 'highlevel.create_note', { contactId: 'contact.id', body: 'text' })
  const [noa, other] = [await person(), await person()]
  bureau.make(account.key, 'tasks', { contact: noa.there, text: 'Send offer', due: DUE, done: false })
  await account.settled()
  expect([control().notes(noa.here), control().notes(other.here)]).toMatchObject([[{ body: 'Send offer' }], []])
})

describe('deletions', () => {
  test('do what the flow says: delete', async () => {
    await bothWays('contact')
    for (const thing of ['task', 'note'] as const)
      for (const way of ['out', 'back'] as const) await account.keep(way, thing, { onDelete: { kind: 'delete' } })
    const noa = await person()
    const task = control().createTask(noa.here, { title: 'Here', dueDate: DUE })
    const note = control().createNote(noa.here, { body: 'Here' })
    const taskThere = bureau.make(account.key, 'tasks', { contact: noa.there, text: 'There', due: DUE, done: false })
    const noteThere = bureau.make(account.key, 'notes', { contact: noa.there, text: 'There' })
    await account.settled()
    expect([control().tasks(noa.here), control().notes(noa.here)].map(({ length }) => length)).toEqual([2, 2])
    control().deleteTask(task.id)
    control().deleteNote(note.id)
    bureau.take(account.key, 'tasks', taskThere.id)
    bureau.take(account.key, 'notes', noteThere.id)
    await account.settled()
    expect([control().tasks(noa.here), control().notes(noa.here)]).toEqual([[], []])
    expect([account.there('tasks', noa.there), account.there('notes', noa.there)]).toEqual([[], []])
    expect(wroteHere('/tasks').filter((one) => one === 'DELETE')).toHaveLength(1)
    expect(wroteThere('/tasks').filter((one) => one === 'DELETE')).toHaveLength(1)
    for (const way of ['out', 'back'] as const)
      for (const [outcome] of await account.outcomes(way, 'task')) expect(['failed', 'retrying']).not.toContain(outcome)
  })

  test('that a partner signed for are believed, without a look', async () => {
    await bothWays('contact')
    await account.keep('out', 'task')
    await account.keep('back', 'task', { onDelete: { kind: 'delete' } })
    const noa = await person()
    control().createTask(noa.here, { title: 'Signed away', dueDate: DUE })
    await account.settled()
    const [there] = account.there('tasks', noa.there)
    const work = tenantWork(line)
    await work.start()
    const { tenantId, connectionId } = account
    const happening = {
      ...{ tenantId, connectionId, deliveryId: newId(), replays: 0, trigger: 'bureau.task_deleted' },
      ...{ objectId: String(there?.id), occurredAt: new Date(), record: null, isUnread: true, data: {} },
    }
    const news = createPartnerNews({ ...work, connectors: [bureauConnector(bureau.url)] })
    const taken = await news.take(happening).finally(work.stop)
    expect(taken.state).toBe('done')
    expect(control().tasks(noa.here)).toEqual([])
  })

  test('on both sides at once are no trouble', async () => {
    await bothWays('contact')
    for (const way of ['out', 'back'] as const) await account.keep(way, 'task', { onDelete: { kind: 'delete' } })
    const noa = await person()
    const { id } = control().createTask(noa.here, { title: 'Twice', dueDate: DUE })
    await account.settled()
    const [there] = account.there('tasks', noa.there)
    control().deleteTask(id)
    bureau.take(account.key, 'tasks', String(there?.id))
    await account.settled()
    expect([control().tasks(noa.here), account.there('tasks', noa.there)]).toEqual([[], []])
    for (const way of ['out', 'back'] as const)
      for (const [outcome] of await account.outcomes(way, 'task')) expect(outcome).not.toBe('failed')
  })

  test('do nothing where the flow says nothing', async () => {
    await bothWays('contact', 'task')
    const noa = await person()
    const [one, two] = ['One', 'Two'].map((title) => control().createTask(noa.here, { title, dueDate: DUE }))
    await account.settled()
    control().deleteTask(String(one?.id))
    const there = account.there('tasks', noa.there).find(({ text }) => text === 'Two')
    bureau.take(account.key, 'tasks', String(there?.id))
    await account.settled()
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'One' }])
    expect(control().tasks(noa.here)).toMatchObject([{ id: two?.id }])
  })
})

describe('a lost answer', () => {
  test('of the platform: the task is found by what was sent, although it was changed there since', async () => {
    await account.keep('out', 'contact')
    await account.keep('back', 'task')
    const noa = await person()
    control().createTask(noa.here, { title: 'Call', dueDate: DUE })
    control().failNext({ path: '/tasks', method: 'POST', kind: 'lost answer' })
    const task = { contact: noa.there, text: 'Call', due: DUE, done: false }
    const { id } = bureau.make(account.key, 'tasks', task)
    await account.settled()
    const before = control().tasks(noa.here).length
    bureau.change(account.key, 'tasks', id, { text: 'Call again' })
    await account.settled()
    expect([before, control().tasks(noa.here).length]).toEqual([expect.any(Number), before])
    expect(
      control()
        .tasks(noa.here)
        .filter(({ title }) => title === 'Call again'),
    ).toHaveLength(1)
    expect(wroteHere('/tasks').filter((one) => one === 'POST')).toHaveLength(1)
  })

  test('of the platform, which then tells of the task as new: it is no task of its own', async () => {
    await bothWays('contact', 'task')
    const noa = await person()
    control().failNext({ path: '/tasks', method: 'POST', kind: 'lost answer' })
    bureau.make(account.key, 'tasks', { contact: noa.there, text: 'Once', due: DUE, done: false })
    await account.settled()
    expect(control().tasks(noa.here)).toMatchObject([{ title: 'Once' }])
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Once' }])
    expect([wroteHere('/tasks'), wroteThere('/tasks')]).toEqual([['POST'], []])
  })

  test('of the partner: the task is looked up there', async () => {
    await account.keep('out', 'contact')
    await account.keep('out', 'task')
    const noa = await person()
    bureau.failNext({ method: 'POST', path: '/tasks', afterEffect: true, cut: true })
    control().createTask(noa.here, { title: 'Once', dueDate: DUE })
    await account.settled()
    expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Once' }])
    expect(await account.outcomes('out', 'task')).toEqual([['succeeded', null]])
    expect(wroteThere('/tasks')).toEqual(['POST'])
  })

  test('of the partner, where nothing can be looked up: it is not made twice, and said', async () => {
    await account.keep('out', 'contact')
    await account.keep('out', 'note')
    const noa = await person()
    bureau.failNext({ method: 'POST', path: '/notes', afterEffect: true, cut: true })
    control().createNote(noa.here, { body: 'Once' })
    await account.settled()
    expect(account.there('notes', noa.there)).toMatchObject([{ text: 'Once' }])
    const reason =
      'It may have been made there, or not: the answer was lost. It is not made a second time by itself; look over there.'
    expect(await account.outcomes('out', 'note')).toEqual([['failed', reason]])
  })

  test('of the partner, which then tells of the note as new: both are one', async () => {
    await bothWays('contact', 'note')
    const noa = await person()
    bureau.failNext({ method: 'POST', path: '/notes', afterEffect: true, cut: true })
    const { id } = control().createNote(noa.here, { body: 'Once' })
    await account.settled()
    expect(control().notes(noa.here)).toMatchObject([{ id }])
    expect(account.there('notes', noa.there)).toMatchObject([{ text: 'Once' }])
    control().updateNote(id, { body: 'Once more' })
    await account.settled()
    expect(account.there('notes', noa.there)).toMatchObject([{ text: 'Once more' }])
  })
})

describe.each(['open', 'done'] as const)(
  'a creation that was left %s without a link, as by a worker that died',
  (state) => {
    const forget = async (): Promise<void> => {
      const { sql } = line.database.system
      const about = { connection_id: account.connectionId, object: 'task' }
      await sql('links').where(about).delete()
      if (state === 'open') {
        const creations = () => sql('writes').where({ ...about, kind: 'create' })
        await creations().where({ side: 'partner' }).update({ state, closed_at: null, partner_id: null })
        await creations().where({ side: 'highlevel' }).update({ state, closed_at: null, highlevel_id: null })
      }
    }

    test('there is found there, by the next change', async () => {
      await account.keep('out', 'contact')
      await account.keep('out', 'task')
      const noa = await person()
      const { id } = control().createTask(noa.here, { title: 'Once', dueDate: DUE })
      await account.settled()
      await forget()
      control().completeTask(id)
      await account.settled()
      expect(account.there('tasks', noa.there)).toMatchObject([{ text: 'Once', done: true }])
      expect(wroteThere('/tasks')).toEqual(['POST', 'PUT'])
    })

    test('here is found here, by the next change there', async () => {
      await bothWays('contact', 'task')
      const noa = await person()
      const { id } = bureau.make(account.key, 'tasks', { contact: noa.there, text: 'Once', due: DUE, done: false })
      await account.settled()
      await forget()
      bureau.change(account.key, 'tasks', id, { text: 'Once more' })
      await account.settled()
      expect(control().tasks(noa.here)).toMatchObject([{ title: 'Once more' }])
      expect(account.there('tasks', noa.there)).toHaveLength(1)
      expect(wroteHere('/tasks')).toEqual(['POST', 'PUT'])
    })

    test.runIf(state === 'done')('here is known again by its next change, whatever it says by then', async () => {
      await bothWays('contact', 'task')
      const noa = await person()
      const { id } = bureau.make(account.key, 'tasks', { contact: noa.there, text: 'Once', due: DUE, done: false })
      await account.settled()
      await forget()
      const [task] = control().tasks(noa.here)
      control().updateTask(String(task?.id), { title: 'Changed here' })
      control().completeTask(String(task?.id))
      await account.settled()
      expect(account.there('tasks', noa.there)).toMatchObject([{ id }])
      expect([wroteHere('/tasks')[0], wroteThere('/tasks').includes('POST')]).toEqual(['POST', false])
    })
  },
)

test('two accounts with the same people and tasks, at once, never meet', async () => {
  const second = await openBureauAccount(line, bureau, 3)
  const both = [account, second]
  for (const one of both)
    for (const thing of ['contact', 'task'] as const)
      for (const way of ['out', 'back'] as const) await one.keep(way, thing)
  const contacts = both.map(({ locationId }) =>
    [0, 1, 2].map((number) =>
      control().createContact(locationId, { email: `same${number}@example.com`, firstName: 'x' }),
    ),
  )
  for (const number of [0, 1, 2])
    for (const [index, own] of contacts.entries())
      control().createTask(String(own[number]?.id), { title: `Task ${number} of ${index}`, dueDate: DUE })
  for (const one of both) await one.settled()
  for (const [index, one] of both.entries()) {
    for (const number of [0, 1, 2]) {
      const there = one.there('contacts').find(({ email }) => email === `same${number}@example.com`)
      expect(one.there('tasks', String(there?.id))).toMatchObject([{ text: `Task ${number} of ${index}` }])
    }
  }
  await second.stop()
}, 60_000)

test('deletions of many within an hour wait for the owner', async () => {
  const careless = await openBureauAccount(line, bureau, 4)
  await careless.keep('out', 'contact')
  await careless.keep('out', 'note', { onDelete: { kind: 'delete' } })
  const { id: contactId } = control().createContact(careless.locationId, { email: 'many@example.com', firstName: 'x' })
  await careless.settled()
  const notes = Array.from({ length: 14 }, (_, number) => control().createNote(contactId, { body: `Note ${number}` }))
  await careless.settled()
  expect(careless.there('notes')).toHaveLength(14)
  for (const { id } of notes) control().deleteNote(id)
  await careless.settled()
  expect(careless.there('notes')).toHaveLength(4)
  const asked = line.database.system.sql('conflicts').where({ connection_id: careless.connectionId, object: 'note' })
  expect(await asked).toMatchObject([{ kind: 'brake', field: 'removals' }])
  await careless.stop()
}, 60_000)
