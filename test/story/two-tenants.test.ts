import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'

const CONTACTS = 120

let line: Line
let accounts: Account[]

beforeAll(async () => {
  line = await startLine()
  line.highLevel.control.setRateLimit({ burst: 1_000_000, daily: 1_000_000 })
  accounts = [await openAccount(line, 0), await openAccount(line, 3)]
})

afterAll(() => line?.close())

test('two accounts with the same people, worked on together, never meet', async () => {
  const { control } = line.highLevel
  const created = accounts.map(({ locationId }, owner) =>
    Array.from({ length: CONTACTS }, (_, number) => ({ number, owner, locationId, id: '' })),
  )
  for (let number = 0; number < CONTACTS; number += 1) {
    for (const [owner, contacts] of created.entries()) {
      const contact = contacts[number] ?? expect.unreachable()
      const input = {
        email: `same${number}@example.com`,
        firstName: `of ${owner}`,
        tags: ['everyone', `team ${number % 5}`],
      }
      contact.id = control.createContact(contact.locationId, input).id
    }
  }
  for (const contacts of created) {
    for (const { id, number, owner } of contacts) {
      if (number % 3 === 0) control.updateContact(id, { city: `City of ${owner}`, tags: ['everyone'] })
    }
  }
  for (const account of accounts) await account.settled()

  for (const [owner, account] of accounts.entries()) {
    const there = account.there({})
    expect(there).toHaveLength(CONTACTS)
    expect(new Set(there.map((contact) => contact.first_name))).toEqual(new Set([`of ${owner}`]))
    expect(new Set(there.map((contact) => contact.city))).toEqual(new Set([`City of ${owner}`, null]))
    const names = account.groups().map(({ name }) => name)
    expect(names.sort()).toEqual(['everyone', ...[0, 1, 2, 3, 4].map((team) => `team ${team}`)])
    expect(account.groups('everyone')[0]?.members).toHaveLength(CONTACTS)
    const teams = account.groups().filter(({ name }) => name.startsWith('team'))
    const inTeams = teams.reduce((sum, { members }) => sum + members.length, 0)
    expect(inTeams).toBe(CONTACTS - Math.ceil(CONTACTS / 3))
    const runs = await account.runs()
    expect(runs.filter(({ outcome }) => outcome !== 'succeeded' && outcome !== 'unchanged')).toEqual([])
  }
  const links = await line.database.asSystem(async (db) =>
    db.sql('links').where({ object: 'contact' }).groupBy('tenant_id').count({ links: '*' }),
  )
  expect(links).toEqual([{ links: CONTACTS }, { links: CONTACTS }])
}, 60_000)
