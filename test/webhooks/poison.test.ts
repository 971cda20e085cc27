import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type ConnectedTenant, connectTenant, reaches, stateOf } from './tenants.ts'

let line: Line
let tenant: ConnectedTenant
let contact: string

beforeAll(async () => {
  line = await startLine()
  tenant = await connectTenant(line, 0)
})
beforeEach(async () => {
  contact = await tenant.addContact(`${crypto.randomUUID()}@example.com`)
})
afterAll(() => line?.close())

const deliveries = () => line.database.system.sql('deliveries')

/** An event whose work begins only once it was changed: its contact is busy with another one that is in trouble. */
async function prepare(changes: Record<string, unknown>): Promise<string> {
  fail()
  const first = await tenant.send('ContactUpdate', contact)
  const event = await tenant.send('ContactUpdate', contact)
  await deliveries().where({ delivery_id: event }).update(changes)
  await reaches(line, first, 'done')
  return event
}

const fail = () => line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'answer', status: 500 })

const unopenable = { body: Buffer.from('this was never sealed') }

test('a delivery that always goes wrong is tried a few times, then put aside with its reason', async () => {
  const event = await prepare({ ...unopenable, attempts: 6 })
  await eventually(
    () => stateOf(line, event),
    (stored) => stored.attempts === 7 && Number(stored.due_at) > Date.now() + 20_000,
  )
  await deliveries().where({ delivery_id: event }).update({ due_at: new Date() }) // rather than a minute later
  expect(await reaches(line, event, 'dead')).toMatchObject({ reason: 'surprise', attempts: 8 })
})

test('a dead delivery does not hold up the next events of its contact', async () => {
  const event = await prepare({ ...unopenable, attempts: 7 })
  const next = await tenant.send('ContactUpdate', contact)
  await reaches(line, next, 'done')
  expect((await stateOf(line, event)).state).toBe('dead')
})

test('a delivery that ends its worker each time is not begun for ever', async () => {
  const event = await prepare({ attempts: 8 })
  const asked = line.highLevel.control.requests().length
  expect(await reaches(line, event, 'dead')).toMatchObject({ reason: 'surprise' })
  expect(line.highLevel.control.requests()).toHaveLength(asked)
})

test('patience with trouble that heals is not used up by surprises, nor the other way round', async () => {
  const event = await prepare({ attempts: 40, troubles: 38 })
  expect(await reaches(line, event, 'done')).toMatchObject({ attempts: 41 })
})

test('trouble that never heals ends after about a day of attempts', async () => {
  fail()
  fail()
  const event = await tenant.send('ContactUpdate', contact)
  await eventually(
    () => stateOf(line, event),
    ({ troubles }) => troubles === 1,
  )
  await deliveries().where({ delivery_id: event }).update({ attempts: 99, troubles: 99 })
  expect(await reaches(line, event, 'dead')).toMatchObject({ reason: 'unavailable', attempts: 100 })
})
