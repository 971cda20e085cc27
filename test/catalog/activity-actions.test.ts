import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { activityActions } from '../../src/catalog/highlevel/activity-actions.ts'
import type { PlatformContext } from '../../src/catalog/platform-action.ts'
import type { ActionResult } from '../../src/connectors/connector.ts'
import { type PlatformApi, startPlatformApi } from '../support/platform-api.ts'

let account: PlatformApi
let contactId: string

beforeAll(async () => {
  account = await startPlatformApi({ index: 4 })
})
afterAll(() => account?.stop())
beforeEach(() => {
  contactId = account.control.createContact(account.locationId, { name: 'Noa Levi' }).id
})
afterEach(() => account.checkSpoken())

const context = (): PlatformContext => ({ api: account.api, locationId: account.locationId, now: account.control.now })

function actionOf(key: string) {
  const action = activityActions.find((one) => one.key === key)
  if (!action) throw new Error(`There is no ${key}.`)
  return action
}

/** As the engine runs it: the input is parsed first. */
const run = async (key: string, input: object): Promise<ActionResult> =>
  actionOf(key).run(context(), actionOf(key).input.parse(input))

const lookup = async (key: string, input: object): Promise<ActionResult | undefined> =>
  actionOf(key).lookup?.(context(), actionOf(key).input.parse(input))

const refusalOf = (key: string, input: object): string =>
  actionOf(key)
    .input.safeParse(input)
    .error?.issues.map(({ message }: { message: string }) => message)
    .join(' ') ?? ''

const DUE = '2026-12-01T11:00:00.000Z'
const calendarId = () => account.control.calendars(account.locationId)[0]?.id ?? ''
const stageOf = (pipeline: number, stage: number): string =>
  account.control.pipelines(account.locationId)[pipeline]?.stages[stage]?.id ?? ''
const pipelineOf = (index: number): string => account.control.pipelines(account.locationId)[index]?.id ?? ''

const CREATES: Record<string, { input: () => Record<string, unknown>; path: string; count: () => number }> = {
  create_task: {
    input: () => ({ contactId, title: 'Call back', dueDate: '2026-12-01T13:00:00+02:00', body: null }),
    path: '/tasks',
    count: () => account.control.tasks(contactId).length,
  },
  create_note: {
    input: () => ({ contactId, body: 'Prefers mornings', title: 'Times' }),
    path: '/notes',
    count: () => account.control.notes(contactId).length,
  },
  create_appointment: {
    input: () => ({ contactId, calendarId: calendarId(), startTime: DUE, ignoreFreeSlotValidation: true }),
    path: '/calendars/events/appointments',
    count: () => account.control.appointments(contactId).length,
  },
  create_opportunity: {
    input: () => ({ contactId, pipelineId: pipelineOf(0), name: 'Membership', monetaryValue: 120 }),
    path: '/opportunities',
    count: () => account.control.opportunities(contactId).length,
  },
}

describe.each(Object.entries(CREATES))('%s', (key, { input, path, count }) => {
  test('makes one, and says which', async () => {
    const made = await run(key, input())
    expect(made).toMatchObject({ effect: 'created', record: { id: made.id, contactId } })
    expect(count()).toBe(1)
  })

  test('looks up what became of a run whose answer was lost', async () => {
    expect(await lookup(key, input())).toBeUndefined()
    account.control.failNext({ path, method: 'POST', kind: 'cut' })
    await expect(run(key, input())).rejects.toMatchObject({ outcomeUnknown: true })
    expect(await lookup(key, input())).toBeUndefined()
    account.control.failNext({ path, method: 'POST', kind: 'lost answer' })
    await expect(run(key, input())).rejects.toMatchObject({ outcomeUnknown: true })
    const found = await lookup(key, input())
    expect(found).toMatchObject({ effect: 'created', record: { contactId } })
    expect(count()).toBe(1)
    const other = account.control.createContact(account.locationId, { name: 'Someone Else' }).id
    expect(await lookup(key, { ...input(), contactId: other })).toBeUndefined()
  })

  test('tells a made record whose answer cannot be read from one that was not made', async () => {
    account.control.failNext({ path, method: 'POST', kind: 'answer after effect', status: 200, body: { odd: true } })
    await expect(run(key, input())).rejects.toMatchObject({ code: 'unexpected_answer', outcomeUnknown: true })
    expect(await lookup(key, input())).toMatchObject({ effect: 'created' })
    account.control.clearRequests()
  })

  test('is not repeated by itself', () => {
    expect(actionOf(key)).toMatchObject({ repeat: 'once' })
  })
})

test('every action has a key of its own, says what it needs in a sentence, and refuses what it does not know', () => {
  const keys = activityActions.map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
  for (const { key, description, fields, input, repeat, lookup: look } of activityActions) {
    expect(description, key).toMatch(/^[A-Z].*\.$/)
    expect(input.safeParse({ unheardOf: 1 }).success, key).toBe(false)
    expect(repeat === 'once', key).toBe(look !== undefined)
    // Without what is required, one sentence each.
    const required = fields.filter((field) => field.required).length
    expect(input.safeParse({}).error?.issues.length, key).toBeGreaterThanOrEqual(required)
    expect(refusalOf(key, {}), key).not.toMatch(/Invalid|expected|undefined/)
  }
})

test.each([
  ['create_task', { contactId: 'c', title: 'x', dueDate: '2026-12-01' }, 'date and time with its zone'],
  ['create_task', { contactId: 'c', title: ' ', dueDate: DUE }, 'Enter a text.'],
  ['create_task', { contactId: '../c', title: 'x', dueDate: DUE }, 'Enter an id of your account'],
  ['update_task', { taskId: 't', title: 'x' }, 'Choose the contact too'],
  ['update_task', { taskId: 'c/t' }, 'Choose at least one field to write.'],
  ['complete_task', { taskId: 'a/b/c' }, 'Enter an id of your account'],
  ['update_appointment', { appointmentId: 'a', toNotify: true }, 'Choose at least one field to write.'],
  ['update_appointment', { appointmentId: 'a', status: 'booked' }, 'Choose one of: new, confirmed'],
  ['set_opportunity_status', { opportunityId: 'o', status: 'all' }, 'Choose one of: open, won, lost, abandoned.'],
  ['create_opportunity', { contactId: 'c', pipelineId: 'p', name: 'x', monetaryValue: 'much' }, 'Enter a number.'],
])('%s refuses %j with a sentence', (key, input, sentence) => {
  expect(refusalOf(key, input)).toContain(sentence)
})

test('a task is changed, completed once, reopened and deleted, by either form of its id', async () => {
  const { id } = await run('create_task', CREATES.create_task?.input() ?? {})
  const own = String(id).split('/')[1]
  const [whole, parted] = [{ taskId: id }, { taskId: own, contactId }]
  const changes = { title: 'Call again', body: 'About it' }
  expect(await run('update_task', { ...parted, ...changes })).toMatchObject({ id, effect: 'updated' })
  expect(await run('update_task', { ...whole, ...changes, dueDate: DUE })).toMatchObject({ effect: 'unchanged' })
  expect(await run('update_task', { ...whole, body: null })).toMatchObject({ effect: 'updated', record: { body: '' } })
  expect(await run('complete_task', whole)).toMatchObject({ effect: 'updated', record: { completed: true } })
  expect(await run('complete_task', parted)).toMatchObject({ effect: 'unchanged' })
  expect(await run('find_task', { contactId })).toMatchObject({ id: null, effect: 'declined' })
  expect(await run('find_task', { contactId, completed: true, title: 'call AGAIN' })).toMatchObject({ id })
  expect(await run('reopen_task', whole)).toMatchObject({ effect: 'updated', record: { completed: false } })
  const sooner = await run('create_task', { contactId, title: 'Sooner', dueDate: '2026-11-30T11:00:00Z' })
  expect(await run('find_task', { contactId })).toMatchObject({ id: sooner.id })
  expect(await run('delete_task', whole)).toMatchObject({ id, effect: 'removed' })
  expect(await run('delete_task', whole)).toMatchObject({ id, effect: 'unchanged' })
  await expect(run('complete_task', whole)).rejects.toMatchObject({ code: 'not_found' })
})

test('a note is changed where it says something else, found by its words and deleted', async () => {
  const { id } = await run('create_note', CREATES.create_note?.input() ?? {})
  const html = '<p>Prefers <b>mornings</b></p>'
  account.control.updateNote(String(id).split('/')[1] ?? '', { body: html })
  expect(await run('update_note', { noteId: id, body: 'Prefers mornings' })).toMatchObject({ effect: 'unchanged' })
  expect(account.control.notes(contactId)).toMatchObject([{ body: html }])
  expect(await run('update_note', { noteId: id, body: 'Prefers evenings', title: null })).toMatchObject({
    effect: 'updated',
    record: { body: 'Prefers evenings', title: '' },
  })
  expect(await run('find_note', { contactId, contains: 'EVENINGS' })).toMatchObject({ id })
  expect(await run('find_note', { contactId, contains: 'nights' })).toMatchObject({ id: null, effect: 'declined' })
  expect(await run('delete_note', { noteId: id })).toMatchObject({ effect: 'removed' })
  expect(await run('delete_note', { noteId: id })).toMatchObject({ effect: 'unchanged' })
})

test('an appointment is booked in a free slot, moved, cancelled and deleted, and nobody is told unasked', async () => {
  const slot = String((await run('find_free_slot', { calendarId: calendarId() })).id)
  expect(Date.parse(slot)).toBeGreaterThan(account.control.now())
  const booking = { contactId, calendarId: calendarId(), startTime: slot, title: 'First' }
  const { id: appointmentId } = await run('create_appointment', booking)
  await expect(run('create_appointment', booking)).rejects.toMatchObject({ code: 'rejected' })
  const next = String((await run('find_free_slot', { calendarId: calendarId() })).id)
  expect(Date.parse(next)).toBeGreaterThan(Date.parse(slot))

  const same = { appointmentId, startTime: slot, title: 'First' }
  expect(await run('update_appointment', same)).toMatchObject({ effect: 'unchanged' })
  expect(await run('update_appointment', { appointmentId, startTime: next })).toMatchObject({ effect: 'updated' })
  expect(await run('find_appointment', { contactId })).toMatchObject({ id: appointmentId })
  expect(await run('find_appointment', { contactId, startTime: next })).toMatchObject({ id: appointmentId })
  expect(await run('find_appointment', { contactId, startTime: slot })).toMatchObject({ effect: 'declined' })
  expect(await run('cancel_appointment', { appointmentId, toNotify: true })).toMatchObject({ effect: 'updated' })
  expect(await run('cancel_appointment', { appointmentId })).toMatchObject({ effect: 'unchanged' })
  expect(await run('find_appointment', { contactId })).toMatchObject({ effect: 'declined' })
  const told = account.control.requests().flatMap(({ method, body }) => (method === 'GET' ? [] : [body]))
  expect(told.map((body) => (body as { toNotify?: boolean }).toNotify)).toEqual([false, false, false, true])
  expect(await run('delete_appointment', { appointmentId })).toMatchObject({ effect: 'removed' })
  expect(await run('delete_appointment', { appointmentId })).toMatchObject({ effect: 'unchanged' })
})

test('the next appointment is found by the clock of the account, also at the hour that comes twice', async () => {
  // Chicago, 7 November 2027: 06:30 UTC and 07:30 UTC are both half past one.
  const at = async (startTime: string) =>
    (await run('create_appointment', { ...CREATES.create_appointment?.input(), startTime })).id
  const [first, second] = [await at('2027-11-07T06:30:00Z'), await at('2027-11-07T07:30:00Z')]
  const findAt = (now: string) =>
    actionOf('find_appointment').run({ ...context(), now: () => Date.parse(now) }, { contactId })
  expect((await findAt('2027-11-07T06:00:00Z')).id).toBe(first)
  expect((await findAt('2027-11-07T07:00:00Z')).id).toBe(second)
  expect((await findAt('2027-11-07T08:00:00Z')).id).toBe(null)
})

test('an opportunity is changed, moved, closed, found and deleted', async () => {
  const { id: opportunityId } = await run('create_opportunity', CREATES.create_opportunity?.input() ?? {})
  expect(await run('update_opportunity', { opportunityId, monetaryValue: 99.5 })).toMatchObject({ effect: 'updated' })
  expect(await run('update_opportunity', { opportunityId, monetaryValue: 99.5 })).toMatchObject({ effect: 'unchanged' })
  const moved = { opportunityId, pipelineId: pipelineOf(1), pipelineStageId: stageOf(1, 2) }
  expect(await run('move_opportunity', moved)).toMatchObject({ record: { pipelineStageId: stageOf(1, 2) } })
  expect(await run('move_opportunity', { opportunityId, pipelineStageId: stageOf(1, 2) })).toMatchObject({
    effect: 'unchanged',
  })
  const won = { opportunityId, status: 'won' }
  expect(await run('set_opportunity_status', won)).toMatchObject({ effect: 'updated', record: { status: 'won' } })
  expect(await run('set_opportunity_status', won)).toMatchObject({ effect: 'unchanged' })
  expect(account.control.opportunities(contactId)).toMatchObject([{ status: 'won', monetaryValue: 99.5 }])
  // One that is over does not stand for one that is to be made.
  const again = { contactId, pipelineId: pipelineOf(1), name: 'Membership' }
  expect(await lookup('create_opportunity', again)).toBeUndefined()
  expect(await run('find_opportunity', { contactId, name: 'membership' })).toMatchObject({ id: opportunityId })
  expect(await run('find_opportunity', { contactId, status: 'open' })).toMatchObject({ effect: 'declined' })
  expect(await run('delete_opportunity', { opportunityId })).toMatchObject({ effect: 'removed' })
  expect(await run('delete_opportunity', { opportunityId })).toMatchObject({ effect: 'unchanged' })
  await expect(run('set_opportunity_status', won)).rejects.toMatchObject({ code: 'not_found' })
})

test('what the account has to choose from is offered by name', async () => {
  const fields = await actionOf('move_opportunity').listFields?.(context())
  expect(fields?.find(({ key }) => key === 'pipelineStageId')?.optionNames?.[stageOf(1, 0)]).toBe('Renewals: Due')
  const calendars = await actionOf('find_free_slot').listFields?.(context())
  expect(calendars?.[0]?.optionNames?.[calendarId()]).toBe('Meetings')
})
