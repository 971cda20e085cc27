import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { type ConnectedTenant, connectTenant, inOrderOfFinishing, reaches, stateOf } from './tenants.ts'

let line: Line
let here: ConnectedTenant
let elsewhere: ConnectedTenant

beforeAll(async () => {
  line = await startLine()
  here = await connectTenant(line, 0)
  elsewhere = await connectTenant(line, 1)
})
afterAll(() => line?.close())

test('events of one contact wait for each other, and nobody else waits for them', async () => {
  const troubled = await here.addContact('troubled@example.com')
  const neighbour = await here.addContact('neighbour@example.com')
  const foreigner = await elsewhere.addContact('foreigner@example.com')
  line.highLevel.control.failNext({ path: `/contacts/${troubled}`, kind: 'answer', status: 500 })

  const events: string[] = []
  for (let turn = 0; turn < 4; turn++) events.push(await here.send('ContactUpdate', troubled))
  const others = [
    await here.send('ContactUpdate', neighbour),
    await elsewhere.send('ContactUpdate', foreigner),
    await here.send('ContactUpdate', neighbour),
  ]
  for (const other of others) await reaches(line, other, 'done', 900)
  expect(await stateOf(line, String(events[0]))).toMatchObject({ state: 'received', attempts: 1 })
  expect(await stateOf(line, String(events[1]))).toMatchObject({ state: 'received', attempts: 0 })

  for (const event of events) await reaches(line, event, 'done')
  expect(await inOrderOfFinishing(line, events)).toEqual(events)
  expect((await stateOf(line, String(events[0]))).attempts).toBe(2)
})

test('events that waited for one in trouble follow it without a pause', async () => {
  const contact = await here.addContact('patient@example.com')
  line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'answer', status: 500 })
  const events: string[] = []
  for (let turn = 0; turn < 20; turn++) events.push(await here.send('ContactUpdate', contact))
  await reaches(line, String(events[0]), 'done')
  await reaches(line, String(events.at(-1)), 'done', 4000)
  expect(await inOrderOfFinishing(line, events)).toEqual(events)
})

test('many events of one contact, sent one after another, are worked on in that order', async () => {
  const contact = await here.addContact('busy@example.com')
  const events: string[] = []
  for (let turn = 0; turn < 25; turn++) events.push(await here.send('ContactUpdate', contact))
  await reaches(line, String(events.at(-1)), 'done')
  expect(await inOrderOfFinishing(line, events)).toEqual(events)
})

test('a deletion at HighLevel does nothing on the other side', async () => {
  const contact = await here.addContact('deleted@example.com')
  const there = () => line.activeTrail.control.contacts(here.token).filter((one) => one.email === 'deleted@example.com')
  expect(there()).toHaveLength(1)
  const event = await here.send('ContactDelete', contact)
  expect(await reaches(line, event, 'done')).toMatchObject({ reason: 'no_flow' })
  expect(there()).toHaveLength(1)
})
