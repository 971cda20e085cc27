import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install, type Owner, openPage } from '../support/people.ts'

let line: Line
let owner: Owner
let locationId: string

beforeAll(async () => {
  line = await startLine()
  const location = line.highLevel.control.locations()[0]
  locationId = String(location?.id)
  expect((await install(line, locationId)).status).toBe(200)
  const admin = line.highLevel.control.users(locationId).find((user) => user.type !== 'agency' && user.role === 'admin')
  owner = await openPage(line, String(admin?.id), locationId)
  const connected = await owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token: line.activeTrail.token },
  })
  expect(connected.status).toBe(201)
})

afterAll(() => line?.close())

const there = (email: string) => line.activeTrail.control.contacts().filter((contact) => contact.email === email)

test('a contact created at HighLevel arrives in ActiveTrail with its tags as groups', async () => {
  line.highLevel.control.createContact(locationId, {
    firstName: 'דנה',
    lastName: 'Levi',
    email: 'New.Person@Example.com',
    phone: '+972501234567',
    tags: ['vip'],
  })
  const [contact] = await eventually(
    () => there('new.person@example.com'),
    (found) => found[0]?.groups?.length === 1,
  )
  expect(contact).toMatchObject({ first_name: 'דנה', last_name: 'Levi' })
})
